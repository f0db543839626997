"""`--dry-run`: one batch, to see what a run needs and what the model will read. Writes nothing."""

from __future__ import annotations

import contextlib
import itertools
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vsfa_data.train import lora, record, setup, task
from vsfa_data.train.arms import Arms
from vsfa_data.train.collate import IGNORED
from vsfa_data.train.loss import spares_logits, token_losses
from vsfa_data.train.outline import Outline, outline
from vsfa_data.train.problems import explained
from vsfa_data.train.settings import Settings
from vsfa_data.train.split import Split
from vsfa_data.train.watcher import Watcher

_RUN_OF_TOKENS = 4
"""So many equal tokens in a row are a picture's and are shown as a number."""


@dataclass(frozen=True)
class Rehearsed:
    """What a run would be like on this machine."""

    outline: Outline
    conversations: int
    left_out: int
    """As too long, for control tokens in their text, or with a partner of which that holds."""
    loss: float
    """Of the untouched model, on the longest batch."""
    seconds_per_step: float
    """With the longest batch: the true mean is below it."""
    peak_bytes: int
    """Memory of the GPU, or of this process on a CPU, at its peak."""
    budget: dict[str, Any] | None
    """What the arms of an experiment would share, as in run.json."""
    shown: list[tuple[str, bool]]
    """A conversation as the model reads it: text, and whether it carries a loss."""

    @property
    def seconds(self) -> float:
        """The whole run, at most; without evaluations."""
        return self.seconds_per_step * self.outline.steps


def rehearse(
    settings: Settings, watcher: Watcher | None = None, arms: Sequence[str] = ()
) -> Rehearsed:
    """Load everything, then compute forward and backward of the longest batch, twice.

    With several `arms` their budget is settled, too, and the first is tried. Raises UserError and
    SetupError as `run.train` does.
    """
    of = task.task(replace(settings, config=arms[0]) if arms else settings)
    facts = record.facts(of.source, of.base, of.settings, of.resolved)
    setup.repeatable(on=settings.repeatable)
    with explained(settings, of.resolved), tempfile.TemporaryDirectory() as folder:
        data, watcher = Path(folder), watcher or Watcher()
        shared = Arms(tuple(sorted(arms)), data) if len(arms) > 1 else None
        lesson = task.learned_from(of, facts, data, watcher, shared)
        train, validation = lesson.splits
        model = task.model_with_lora(of)
        plan = outline(settings, train, validation, lora.trainable(model), of.resolved.processes)
        device = of.resolved.device
        model.to(device)
        longest = max(plan.batches, key=lambda batch: max(train.lengths[at] for at in batch))
        batch = of.collator([train.rows[at] for at in longest])
        given = {name: value.to(device) for name, value in batch.items()}
        _once(model, given, of.resolved.dtype, device)
        loss, seconds = _once(model, given, of.resolved.dtype, device)
        return Rehearsed(
            outline=plan,
            conversations=len(train.rows),
            left_out=train.too_long + train.with_control_tokens + train.without_partner,
            loss=loss,
            seconds_per_step=seconds * settings.accumulate,
            peak_bytes=_peak(device),
            budget=lesson.budget,
            shown=_shown(of, train),
        )


def _once(model: Any, batch: dict[str, Any], dtype: str, device: str) -> tuple[float, float]:
    """Mean loss of a batch, and seconds of forward and backward."""
    import torch

    autocast: Any = contextlib.nullcontext()
    if dtype == "bfloat16":
        autocast = torch.autocast(device, torch.bfloat16)
    start = time.perf_counter()
    model.train()
    with autocast:
        total, tokens = token_losses(model, batch, sparing=spares_logits(model))
    (total / tokens).backward()
    model.zero_grad()
    loss = float(total.detach() / tokens)  # on a GPU, this waits for it
    return loss, time.perf_counter() - start


def _peak(device: str) -> int:
    import torch

    if device == "cuda":
        return torch.cuda.max_memory_allocated()
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _shown(of: task.Task, train: Split) -> list[tuple[str, bool]]:
    """The shortest conversation, cut where the loss begins and ends."""
    shortest = min(range(len(train.lengths)), key=lambda at: train.lengths[at])
    batch = of.collator([train.rows[shortest]])
    ids, labels = batch["input_ids"][0].tolist(), batch["labels"][0].tolist()
    parts = itertools.groupby(zip(ids, labels, strict=True), key=lambda token: token[1] != IGNORED)
    return [
        (_text(of.processor.tokenizer, [token for token, _ in part]), scored)
        for scored, part in parts
    ]


def _text(tokenizer: Any, ids: list[int]) -> str:
    text, plain = "", list[int]()
    for token, group in itertools.groupby(ids):
        repeated = list(group)
        if len(repeated) < _RUN_OF_TOKENS:
            plain += repeated
            continue
        text += tokenizer.decode(plain) + f"{tokenizer.decode([token])} x {len(repeated)}"
        plain = []
    return text + str(tokenizer.decode(plain))
