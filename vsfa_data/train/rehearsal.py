"""`--dry-run`: two batches, to see what a run needs and what the model reads. Writes nothing."""

from __future__ import annotations

import itertools
import resource
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsfa_data.train import lora, record, setup, task
from vsfa_data.train.arms import Arms
from vsfa_data.train.collate import IGNORED
from vsfa_data.train.experiment import each_run
from vsfa_data.train.lesson import learned_from
from vsfa_data.train.outline import Outline, outline
from vsfa_data.train.problems import explained
from vsfa_data.train.release import open_source
from vsfa_data.train.settings import Settings
from vsfa_data.train.split import Split
from vsfa_data.train.timing import Estimate
from vsfa_data.train.trial import Trial
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
    time: Estimate
    """For one run."""
    runs: int
    """How many such runs were asked for."""
    peak_bytes: int
    """Memory of the GPU, or of this process on a CPU, at its peak."""
    budget: dict[str, Any] | None
    """What the arms of an experiment would share, as in run.json."""
    shown: list[tuple[str, bool]]
    """A conversation as the model reads it: text, and whether it carries a loss."""


def rehearse(
    settings: Settings,
    watcher: Watcher | None = None,
    arms: Sequence[str] = (),
    seeds: Sequence[int] = (),
) -> Rehearsed:
    """Load everything, then learn from the longest batch and from a usual one, a few times.

    Of several `arms` or `seeds` the first is tried; the arms' budget is settled, too. Raises
    UserError and SetupError as `run.train` does.
    """
    wanted = each_run(settings, arms, seeds)
    for arm in arms:
        open_source(settings.dataset, arm, (), "--arms")
    settings, watcher = wanted[0], watcher or Watcher()
    watcher.doing("load the dataset and the model")
    of = task.task(settings)
    facts = record.facts(of.source, of.base, settings, of.resolved)
    setup.repeatable(on=settings.repeatable)
    with explained(settings, of.resolved), tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        shared = Arms(tuple(sorted(arms)), data) if len(arms) > 1 else None
        lesson = learned_from(of, facts, data, watcher, shared)
        train, validation = lesson.splits
        model = task.model_with_lora(of)
        plan = outline(settings, train, validation, lora.trainable(model), of.resolved.processes)
        watcher.doing("try the longest batch and a usual one, a few times each")
        loss, time = Trial(of, model, train).run(plan, validation)
        return Rehearsed(
            outline=plan,
            conversations=len(train.rows),
            left_out=train.too_long + train.with_control_tokens + train.without_partner,
            loss=loss,
            time=time,
            runs=len(wanted),
            peak_bytes=_peak(of.resolved.device),
            budget=lesson.budget,
            shown=_shown(of, train),
        )


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
