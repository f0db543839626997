"""Several runs: configs of a dataset against each other under one budget, over several seeds."""

from __future__ import annotations

import contextlib
import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from vsfa_data.errors import UserError
from vsfa_data.train import run
from vsfa_data.train.arms import Arms
from vsfa_data.train.release import open_source
from vsfa_data.train.settings import Settings
from vsfa_data.train.task import leads
from vsfa_data.train.watcher import Watcher
from vsfa_data.train.work import clear, require_own
from vsfa_data.workspace import Workspace, write_atomically

TABLE: Final = "experiment.md"
DATA: Final = "experiment.json"
_ARMS: Final = "arms"
_OWN: Final = frozenset({_ARMS})
COLUMNS: Final = (
    *("arm", "seed", "images", "turns", "steps", "tokens", "in answers"),
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

    All arms see as many conversations, partners in the same places, in as many steps, and
    `budget.equal` has their tokens made equal, seed by seed. Finished runs are not repeated. Raises
    UserError before anything is trained if an arm is not there.
    """
    watcher = watcher or ExperimentWatcher()
    wanted = each_run(settings, arms, seeds)
    if len(arms) > 1:
        require_own(Workspace(out).work, _OWN)
    for arm in arms:
        open_source(settings.dataset, arm, (), "--arms")
    runs = []
    folders = [out / name_of(one) for one in wanted]
    with _shared(out, arms, folders) as shared:
        for number, (one, folder) in enumerate(zip(wanted, folders, strict=True), 1):
            watcher.run(one.config, one.seed, number, len(wanted))
            runs.append(run.train(one, folder, watcher, restart=restart, arms=shared))
    found = Experiment(runs, [*_rows(runs), *_means(runs, arms, seeds)])
    if leads():
        write_atomically(out / DATA, _dump([one.record for one in runs]))
        write_atomically(out / TABLE, _markdown(found).encode())
    return found


def name_of(one: Settings) -> str:
    """What a run is called in an experiment: its folder, for one."""
    return f"{one.config}-seed{one.seed}"


def each_run(settings: Settings, arms: Sequence[str], seeds: Sequence[int]) -> list[Settings]:
    """The settings of each run, arm by arm.

    Raises UserError for what is named twice, and for a seed that cannot be one.
    """
    for name, given in (("--arms", arms), ("--seeds", seeds)):
        if len(set(given)) != len(given):
            raise UserError(f"{name} {','.join(map(str, given))}: each may be named once")
    return [replace(settings, config=arm, seed=seed) for arm in arms for seed in seeds]


@contextlib.contextmanager
def _shared(out: Path, arms: Sequence[str], folders: Sequence[Path]) -> Iterator[Arms | None]:
    """What several arms share. It stays as long as one of the runs in `folders` is under way."""
    if len(arms) < 2:
        yield None
        return
    with contextlib.ExitStack() as meanwhile:
        if leads():
            held = meanwhile.enter_context(Workspace(out))
            # Before it is let go: another experiment's conversations are not these.
            meanwhile.callback(_tidy, held, folders)
        yield Arms(tuple(sorted(arms)), out / "work" / _ARMS)


def _tidy(held: Workspace, folders: Sequence[Path]) -> None:
    if not any((folder / "work").exists() for folder in folders):
        clear(held.work, _OWN)


def _rows(runs: Sequence[run.Trained]) -> Iterator[tuple[str, ...]]:
    for one in runs:
        record = one.record
        yield (
            record["dataset"]["config"],
            str(record["seed"]),
            str(record["seen"]["conversations"]),
            _turns(record),
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
        yield (arm, "mean", "", "", "", "", "", *cells)


_ENDS: Final = (("validation", "first"), ("validation", "last"), ("train", "last"))


def _loss(record: dict[str, Any], split: str, end: str) -> str:
    ends = record["losses"][split]
    return f"{ends[end]:.4f}" if ends else "-"


def _turns(record: dict[str, Any]) -> str:
    """Questions with their answers that were seen: `66`, or `62 of 66` where some were left out."""
    if not record.get("budget"):
        return str(record["seen"]["turns"])
    own = record["budget"]["arms"][record["dataset"]["config"]]
    return f"{own['turns']} of {own['turns'] + own['turns_left_out']}"


def budgets(runs: Sequence[run.Trained]) -> Iterator[str]:
    """For each seed a sentence on what its arms have in common."""
    found = {one.record["seed"]: one.record.get("budget") for one in runs}
    for seed, budget in found.items():
        if budget is not None:
            yield f"Seed {seed}: {in_words(budget)}"


def in_words(budget: dict[str, Any]) -> str:
    """How equal the arms' budgets are, in a sentence."""
    apart, most = budget["apart"], budget["tolerance"]
    out = ", ".join(f"{name} {arm['turns_left_out']}" for name, arm in budget["arms"].items())
    said = (
        f"tokens in answers {apart['answer_tokens']:.2%} apart, all tokens {apart['tokens']:.2%} "
        f"(wanted: {most:.1%}); last turns left out for that: {out}."
    )
    if apart["answer_tokens"] > most:
        said += " Whole turns are too coarse for so few conversations."
    elif apart["tokens"] > most:
        said += (
            " Leaving out turns cannot make all tokens equal where pictures or questions differ."
        )
    return said


def _markdown(found: Experiment) -> str:
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + " --- |" * len(COLUMNS)]
    lines += ["| " + " | ".join(row) + " |" for row in found.rows]
    note = (
        "Images and turns (questions with their answers) are those that were seen, each counted "
        "once; tokens count each time. Losses are means over the tokens of answers. 'before' is "
        "the untouched base model. The validation losses of different arms are taken on different "
        "pictures: compare before with after within an arm, not one arm with another."
    )
    shared = [f"- {line}" for line in budgets(found.runs)]
    return "\n".join([*lines, "", *shared, *([""] if shared else []), note, ""])


def _dump(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
