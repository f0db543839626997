"""Trains the branch: icons near their names and their concepts, features near ImageNet's."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import torch  # noqa: TID253  # imported inside functions only
from torch import Tensor  # noqa: TID253  # as above
from torch.nn import functional as f  # noqa: TID253  # as above

from vsfa_data.filter.drawings.fit_augment import augmented
from vsfa_data.filter.drawings.fit_concepts import ConceptLoss, Told
from vsfa_data.filter.drawings.fit_icons import VALIDATION
from vsfa_data.filter.drawings.fit_net import Student
from vsfa_data.filter.drawings.fit_pack import Packed
from vsfa_data.filter.drawings.fit_random import Dice
from vsfa_data.filter.drawings.fit_shares import shares, with_threats

_TAGS: Final = 6
_TAGGED: Final = 0.25
_TEACHER_TEMPERATURE: Final = 0.03
_TEMPERATURE: Final = 0.06
_DROPPED: Final = 0.2
_WARMUP: Final = 0.05


@dataclass(frozen=True)
class Plan:
    """How long, and how."""

    steps: int = 1137
    batch: int = 512
    rate: float = 7e-4
    """Peak learning rate of the stages."""
    map_rate: float = 1e-3
    """Peak learning rate of the map to text space."""
    held: float = 4.0
    """Weight of the distance to the untouched network's features."""
    concepts: float = 2.0
    """Weight of the concept loss."""
    share: float = 0.08
    """Share of the draws that are icons whose names are threats."""
    seed: int = 4


class Names:
    """What icons are called: targets among all names that are learned.

    `mean` is that of the names' vectors; it is taken out of all of them.
    """

    def __init__(self, packed: Packed, device: str, share_of_threats: float = Plan.share) -> None:
        lessons = packed.lessons
        learned = [one for one in lessons if one.kind != VALIDATION]
        used = sorted({one.text for one in learned})
        place = {text: at for at, text in enumerate(used)}
        self.given = every = torch.from_numpy(packed.vectors).to(device)
        """Unit vectors of all texts, as they are."""
        self.topics = packed.topics
        self.texts = torch.tensor([one.text for one in lessons], device=device)
        self.mean = every[used].mean(0)
        self.all = f.normalize(every - self.mean, dim=1)
        self.learned = self.all[used]
        self.of = torch.tensor([place.get(one.text, -1) for one in lessons], device=device)
        tags = torch.full((len(lessons), _TAGS), -1, dtype=torch.long)
        for at, one in enumerate(lessons):
            tags[at, : len(one.tags[:_TAGS])] = torch.tensor(one.tags[:_TAGS], dtype=torch.long)
        self.tags = tags.to(device)
        drawn = with_threats(lessons, shares(lessons), packed.topics, share_of_threats)
        self.share = torch.tensor(drawn, dtype=torch.float32, device=device)

    def targets(self, rows: Tensor, dice: Dice) -> Tensor:
        """Probabilities of the learned names for icons, [n, names]: near names share them."""
        own, tags = self.learned[self.of[rows]], self.tags[rows]
        count = (tags >= 0).sum(1)
        at = (dice.some() * count.clamp(min=1)).long()
        tag = tags.gather(1, at[:, None])[:, 0]
        tagged = (dice.often(_TAGGED) > 0) & (count > 0)
        own = torch.where(tagged[:, None], self.all[tag.clamp(min=0)], own)
        return torch.softmax(own @ self.learned.T / _TEACHER_TEMPERATURE, 1)


def fit(
    names: Names,
    planes: Tensor,
    lines: Tensor,
    told: Sequence[Told],
    plan: Plan,
    say: Callable[[str], None],
) -> Student:
    """A trained student. `planes` and `lines` are the icons' as `fit_augment` reads them.

    `told` are the sets that the concept loss asks.
    """
    torch.manual_seed(plan.seed)
    device = planes.device.type
    student, dice = Student().to(device), Dice(plan.batch, planes.device, plan.seed)
    optimizer = torch.optim.AdamW(
        [
            {"params": student.late.parameters(), "lr": plan.rate, "weight_decay": 1e-4},
            {"params": student.to_text.parameters(), "lr": plan.map_rate, "weight_decay": 1e-2},
        ]
    )
    concepts = ConceptLoss(told, names.given, names.topics)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda at: _rate(at / plan.steps))
    for step in range(plan.steps):
        rows = dice.of(names.share)
        with torch.no_grad():
            seen = augmented(planes[rows], lines[rows], dice)
            seen = seen.to(memory_format=torch.channels_last)
            wanted = names.targets(rows, dice)
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
            features, untouched = student(seen)
            made = student.vectors(features, _DROPPED)
        unit = f.normalize(made.float(), dim=1)
        found = unit @ names.learned.T / _TEMPERATURE
        loss = -(wanted * torch.log_softmax(found, 1)).sum(1).mean()
        meant = concepts(unit, names.texts[rows])
        apart = 1 - (features.float() * untouched.float()).sum(1).mean()
        optimizer.zero_grad(set_to_none=True)
        (loss + plan.held * apart + plan.concepts * meant).backward()
        torch.nn.utils.clip_grad_norm_(student.late.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            parts = f"loss {loss.item():.3f}, apart {apart.item():.4f}, concepts {meant.item():.3f}"
            say(f"step {step}: {parts}")
    return student


def _rate(done: float) -> float:
    """Warm, then along a cosine to 0."""
    return min(1.0, done / _WARMUP + 0.01) * (0.5 + 0.5 * math.cos(math.pi * done))
