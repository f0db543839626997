"""Several runs under one budget: configs of a dataset against each other, over several seeds."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from vsfa_data.errors import UserError
from vsfa_data.train import run
from vsfa_data.train.release import open_source
from vsfa_data.train.settings import Settings
from vsfa_data.train.watcher import Watcher
from vsfa_data.workspace import write_atomically

TABLE: Final = "experiment.md"
DATA: Final = "experiment.json"
COLUMNS: Final = (
    *("arm", "seed", "images", "steps", "tokens", "in answers"),
    *("val. before", "val. after", "train after"),
)


@dataclass(frozen=True)
class Experiment:
    """Finished runs, arm by arm, seed by seed; and their table, `COLUMNS` wide."""

    runs: list[run.Trained]
    rows: list[tuple[str, ...]]


class ExperimentWatcher(Watcher):
    """Also hears which run begins."""

    def run(self, arm: str, seed: int, number: int, total: int) -> None:
        """Run `number` of `total` begins."""


def experiment(
    settings: Settings,
    out: Path,
    arms: Sequence[str],
    seeds: Sequence[int],
    watcher: ExperimentWatcher | None = None,
    *,
    restart: bool = False,
) -> Experiment:
    """Train each arm (a config) with each seed into `out/ARM-seedN`, and write the table.

    All runs see the same number of conversations: as many as the smallest arm has. So they also
    take the same number of steps; how many tokens that were, the table says. Finished runs are
    not repeated. Raises UserError before anything is trained if an arm is not there.
    """
    watcher = watcher or ExperimentWatcher()
    for name, given in (("--arms", arms), ("--seeds", seeds)):
        if len(set(given)) != len(given):
            raise UserError(f"{name} {','.join(map(str, given))}: each may be named once")
    limit = min(_budget(settings, arm) for arm in arms)
    runs = []
    pairs = [(arm, seed) for arm in arms for seed in seeds]
    for number, (arm, seed) in enumerate(pairs, 1):
        watcher.run(arm, seed, number, len(pairs))
        chosen = replace(settings, config=arm, seed=seed, limit=limit)
        runs.append(run.train(chosen, out / f"{arm}-seed{seed}", watcher, restart=restart))
    found = Experiment(runs, [*_rows(runs), *_means(runs, arms, seeds)])
    if run.leads():
        write_atomically(out / DATA, _dump([one.record for one in runs]))
        write_atomically(out / TABLE, _markdown(found).encode())
    return found


def _budget(settings: Settings, arm: str) -> int:
    source = open_source(settings.dataset, arm, ())
    split = source.made.counts().get(arm, {}).get("train", 0)
    return min(split, settings.limit or split)


def _rows(runs: Sequence[run.Trained]) -> Iterator[tuple[str, ...]]:
    for one in runs:
        record = one.record
        yield (
            record["dataset"]["config"],
            str(record["seed"]),
            str(record["dataset"]["train"]["conversations"]),
            str(record["hyperparameters"]["steps"]),
            f"{record['tokens']['seen']:,}",
            f"{record['tokens']['answers']:,}",
            *(_loss(record, split, end) for split, end in _ENDS),
        )


def _means(
    runs: Sequence[run.Trained], arms: Sequence[str], seeds: Sequence[int]
) -> Iterator[tuple[str, ...]]:
    """Mean and standard deviation over the seeds of each arm, where there are several."""
    if len(seeds) < 2:
        return
    for arm in arms:
        own = [one.record for one in runs if one.record["dataset"]["config"] == arm]
        cells = []
        for split, end in _ENDS:
            values = [one["losses"][split][end] for one in own if one["losses"][split]]
            cells.append(
                f"{statistics.mean(values):.4f} ± {statistics.stdev(values):.4f}" if values else "-"
            )
        yield (arm, "mean", "", "", "", "", *cells)


_ENDS: Final = (("validation", "first"), ("validation", "last"), ("train", "last"))


def _loss(record: dict[str, Any], split: str, end: str) -> str:
    ends = record["losses"][split]
    return f"{ends[end]:.4f}" if ends else "-"


def _markdown(found: Experiment) -> str:
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + " --- |" * len(COLUMNS)]
    lines += ["| " + " | ".join(row) + " |" for row in found.rows]
    note = (
        "Losses are means over the tokens of answers. 'before' is the untouched base model. The "
        "validation losses of different arms are taken on different pictures: compare before with "
        "after within an arm, not one arm with another."
    )
    return "\n".join([*lines, "", note, ""])


def _dump(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
