"""Trains the projector, and pairs that tune the language model, on lessons. Needs torch alone."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
import torch  # noqa: TID253  # imported inside functions only
from torch import Tensor, nn  # noqa: TID253  # as above

from vsfa_data.embedded_vlm.fit_data import Data, batches
from vsfa_data.embedded_vlm.fit_keep import Keep, departure
from vsfa_data.embedded_vlm.projector import ConceptProjector, Reading
from vsfa_data.embedded_vlm.projector_file import TUNED

_TARGETS: Final = ("q_proj", "v_proj", "o_proj")
_WARMUP: Final = 0.03
_IGNORED: Final = -100


@dataclass(frozen=True)
class Plan:
    """How long, and how."""

    seconds: float
    """Time to train, at most."""
    rank: int = 12
    """Of the pairs that tune the language model; 0: it stays as it is."""
    batch: int = 768
    table_rate: float = 3e-3
    """Peak learning rate of the projector's tables."""
    rate: float = 6e-4
    """Peak learning rate of the pairs."""
    max_steps: int = 1_000_000
    seed: int = 0


class Tuned(nn.Module):
    """A frozen linear layer plus a product of two thin matrices, at first zero."""

    def __init__(self, layer: Any, rank: int) -> None:
        super().__init__()
        self.layer = layer
        self.on = True
        device = layer.weight.device
        self.a = nn.Parameter(torch.randn(rank, layer.in_features, device=device) / 24)
        self.b = nn.Parameter(torch.zeros(layer.out_features, rank, device=device))

    def forward(self, given: Tensor) -> Tensor:
        """As the layer, tuned if `on`."""
        out: Tensor = self.layer(given)
        return out + (given @ self.a.T) @ self.b.T if self.on else out


def fit(
    language: Any,
    start: dict[str, Tensor],
    data: Data,
    plan: Plan,
    say: Callable[[str], None],
    keep: Keep | None = None,
) -> dict[str, Tensor]:
    """The tensors of a projector file. `language` is put on its device before, and is changed.

    With `keep` it stays what it was on the texts in there.
    """
    torch.manual_seed(plan.seed)
    device = language.device
    projector = projector_of(start).to(device)
    language.requires_grad_(requires_grad=False)
    pairs = tune(language, plan.rank) if plan.rank else {}
    tables = [one for one in projector.parameters() if one.requires_grad]
    thin = [one for pair in pairs.values() for one in (pair.a, pair.b)]
    groups = [{"params": tables, "lr": plan.table_rate}, {"params": thin, "lr": plan.rate}]
    optimizer = torch.optim.AdamW([one for one in groups if one["params"]], weight_decay=0.0)
    peaks = [group["lr"] for group in optimizer.param_groups]
    own = keep.batches(plan.seed) if keep else None
    began, losses, apart = time.monotonic(), list[float](), [0.0]
    for step, rows in enumerate(batches(data, plan.batch, plan.seed)):
        done = max((time.monotonic() - began) / plan.seconds, step / plan.max_steps)
        if done >= 1:
            break
        rate = min(done / _WARMUP, 0.5 + 0.5 * math.cos(math.pi * done)) + 1e-3
        for group, peak in zip(optimizer.param_groups, peaks, strict=True):
            group["lr"] = peak * rate
        loss = mean_loss(language, projector, data, rows)
        loss.backward()
        if keep and own and step % keep.every == 0:
            away = departure(language, [*pairs.values()], next(own))
            (keep.weight * away).backward()
            apart.append(float(away.detach()))
        nn.utils.clip_grad_norm_([*tables, *thin], 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
        if step % 50 == 0:
            _report(say, step, time.monotonic() - began, losses, apart)
    _report(say, len(losses), time.monotonic() - began, losses, apart)
    tensors = {name: value.detach().cpu() for name, value in projector.state_dict().items()}
    for name, pair in pairs.items():
        tensors |= {
            f"{TUNED}{name}.a": pair.a.detach().cpu(),
            f"{TUNED}{name}.b": pair.b.detach().cpu(),
        }
    return tensors


def _report(
    say: Callable[[str], None], step: int, took_s: float, losses: list[float], apart: list[float]
) -> None:
    say(
        f"step {step}, {took_s:.0f} s, loss {np.mean(losses[-50:]):.4f}, "
        f"departure {np.mean(apart[-50:]):.5f}"
    )


def tune(language: Any, rank: int) -> dict[str, Tuned]:
    """Put a pair on the layers of the language model that are tuned."""
    found = {
        name: module
        for name, module in language.named_modules()
        if name.rpartition(".")[2] in _TARGETS
    }
    made = {}
    for name, module in found.items():
        parent, _, own = name.rpartition(".")
        made[name] = Tuned(module, rank)
        setattr(language.get_submodule(parent), own, made[name])
    return made


def mean_loss(language: Any, projector: Any, data: Data, rows: Sequence[int] | Any) -> Tensor:
    """Cross-entropy of the answers' tokens and of the token that ends each."""
    device = language.device
    soft = projector.say(Reading(*torch.from_numpy(data.readings[rows]).to(device).unbind(1)))
    ids, labels, places = _conversations(data, rows, soft.shape[1])
    ids, labels, places = ids.to(device), labels.to(device), places.to(device)
    vectors = language.get_input_embeddings()(ids)
    with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
        vectors = vectors.masked_scatter(places[..., None], soft.to(vectors.dtype))
        # Rows are filled up on the right: with causal attention no token sees the filling.
        hidden = language.model(inputs_embeds=vectors, use_cache=False).last_hidden_state
        wanted = labels[:, 1:] != _IGNORED
        logits = language.lm_head(hidden[:, :-1][wanted])
    return nn.functional.cross_entropy(logits.float(), labels[:, 1:][wanted])


def _conversations(data: Data, rows: Any, soft: int) -> tuple[Tensor, Tensor, Tensor]:
    """Ids, labels and places of soft tokens, all [n, longest]."""
    fixed, parts = data.fixed, [data.row(int(at)) for at in rows]
    around = len(fixed.before) + soft + len(fixed.between) + 1
    longest = max(len(question) + len(answer) for question, answer in parts) + around
    ids = np.full((len(parts), longest), fixed.end, np.int64)
    labels = np.full_like(ids, _IGNORED)
    places = np.zeros_like(ids, np.bool_)
    for at, (question, answer) in enumerate(parts):
        prompt = len(fixed.before) + len(question)
        start = prompt + soft + len(fixed.between)
        ids[at, : len(fixed.before)] = fixed.before
        ids[at, len(fixed.before) : prompt] = question
        places[at, prompt : prompt + soft] = True
        ids[at, prompt + soft : start] = fixed.between
        ids[at, start : start + len(answer)] = answer
        labels[at, start : start + len(answer) + 1] = [*answer, fixed.end]
    return torch.from_numpy(ids), torch.from_numpy(labels), torch.from_numpy(places)


def projector_of(start: dict[str, Tensor]) -> Any:
    """The projector with these tensors."""
    kinds, classes = start["members"].shape
    config = SimpleNamespace(
        vision_config=SimpleNamespace(hidden_size=classes),
        text_config=SimpleNamespace(hidden_size=start["names"].shape[2]),
        kinds=kinds,
        name_tokens=start["names"].shape[1],
        kind_tokens=start["kinds"].shape[1],
        constant_tokens=len(start["constants"]),
    )
    projector = ConceptProjector(config)
    projector.load_state_dict(start)
    return projector
