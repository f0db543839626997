"""The arms of an experiment: partners in the same places, and the same tokens in all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vsfa_data.files.canonical_json import digest
from vsfa_data.train import budget, outline, prepare
from vsfa_data.train.prepare import SPLITS
from vsfa_data.train.release import Source, open_source
from vsfa_data.train.rows import partners
from vsfa_data.train.split import Split, align, paired
from vsfa_data.train.task import Task
from vsfa_data.train.watcher import Watcher

_LENGTHS: Final = ("dataset", "model", "preset", "max_image_px", "limit", "package transformers")
"""Facts of a run that the lengths of its conversations depend on."""


@dataclass(frozen=True)
class Arms:
    """Configs of one dataset that are trained alike: `names`, sorted.

    What they learn from lies in `folder` as long as the experiment runs.
    """

    names: tuple[str, ...]
    folder: Path

    def splits(
        self, of: Task, facts: Mapping[str, Any], watcher: Watcher
    ) -> tuple[tuple[Split, Split], dict[str, Any] | None]:
        """What the run `of` learns from, and what its run.json says of the budget.

        `facts` are those of the run. No budget: no arm has a conversation that can be used with
        its partner. Raises UserError for one that spoils the release.
        """
        # What an interrupted experiment of another kind has left there lies beside it.
        data = self.folder / digest([self.names, *(facts[name] for name in _LENGTHS)])[:16]
        most = of.settings.max_length
        arms = paired(self._read(of, data, watcher), most)
        seen, found = outline.seen(of.settings, arms[0], of.resolved.processes), None
        if seen:
            kept = budget.equal([arm.turns for arm in arms], seen)
            found = _report(self.names, arms, kept, seen)
            arms = [arm.shortened(keep) for arm, keep in zip(arms, kept, strict=True)]
        own = of.source.config
        validation = prepare.load(data / own, "validation", most)
        return (arms[self.names.index(own)], validation), found

    def _read(self, of: Task, data: Path, watcher: Watcher) -> list[Split]:
        """All arms, partners in the same places, usable or not."""
        sources = [open_source(of.settings.dataset, name, SPLITS) for name in self.names]
        rows = align([partners(one.files("train")) for one in sources], of.settings.limit)
        return [
            _read_one(of, source, wanted, data / source.config, watcher)
            for source, wanted in zip(sources, rows, strict=True)
        ]


def _read_one(
    of: Task, source: Source, wanted: Sequence[int], folder: Path, watcher: Watcher
) -> Split:
    """The `wanted` rows of a source in that order."""
    measure_with = (of.collator, of.resolved.workers)
    prepare.read(source, frozenset(wanted), folder, measure_with, watcher)
    place = {row: at for at, row in enumerate(sorted(wanted))}
    return prepare.everything(folder, "train").ordered([place[row] for row in wanted])


def _report(
    names: Sequence[str], arms: Sequence[Split], kept: Sequence[Sequence[int]], seen: Sequence[int]
) -> dict[str, Any]:
    """The budget in numbers: of the conversations that are seen, tokens as often as they are."""
    found = {}
    for name, arm, keep in zip(names, arms, kept, strict=True):
        tokens, answers = budget.totals(arm.turns, keep, seen)
        once = [
            (len(turns), left)
            for turns, left, times in zip(arm.turns, keep, seen, strict=True)
            if times
        ]
        found[name] = {
            "conversations": len(once),
            "turns": sum(left for _, left in once),
            "turns_left_out": sum(turns - left for turns, left in once),
            "tokens": tokens,
            "answer_tokens": answers,
        }
    apart = {
        goal: round(budget.apart([one[goal] for one in found.values()]), 6)
        for goal in ("tokens", "answer_tokens")
    }
    return {"tolerance": budget.TOLERANCE, "arms": found, "apart": apart}
