"""What a run learns from: conversations, read and measured once, alone or with other arms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsfa_data.train import prepare
from vsfa_data.train.arms import Arms
from vsfa_data.train.prepare import SPLITS
from vsfa_data.train.split import Split
from vsfa_data.train.task import Task
from vsfa_data.train.watcher import Watcher


@dataclass(frozen=True)
class Lesson:
    """What is learned from: the splits train and validation; facts and budget, as in run.json."""

    splits: tuple[Split, Split]
    facts: dict[str, Any]
    budget: dict[str, Any] | None = None


def learned_from(
    of: Task, facts: dict[str, Any], data: Path, watcher: Watcher, arms: Arms | None
) -> Lesson:
    """The conversations, copied and measured by the first process that gets there.

    They lie in `data`, or in the folder of `arms`, whose budget they share.
    """
    if arms is not None:
        splits, budget = arms.splits(of, facts, watcher)
        if budget is not None:
            watcher.shared(budget)
        return Lesson(splits, facts, budget)
    limit = of.settings.limit
    wanted = None if limit is None else range(limit)
    prepare.read(of.source, wanted, data, (of.collator, of.resolved.workers), watcher)
    train, validation = (prepare.load(data, split, of.settings.max_length) for split in SPLITS)
    return Lesson((train, validation), facts)
