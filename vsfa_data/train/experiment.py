"""Several runs: configs of a dataset against each other under one budget, over several seeds."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from vsfa_data.errors import UserError
from vsfa_data.files.atomic import write_atomically
from vsfa_data.train import comparison, run
from vsfa_data.train.arms import Arms
from vsfa_data.train.release import open_source
from vsfa_data.train.settings import Settings
from vsfa_data.train.task import leads
from vsfa_data.train.watcher import Watcher
from vsfa_data.train.work import clear, require_own
from vsfa_data.workspace import Workspace

DATA: Final = "experiment.json"
_ARMS: Final = "arms"
_OWN: Final = frozenset({_ARMS})


@dataclass(frozen=True)
class Experiment:
    """Finished runs, arm by arm, seed by seed; and their table, `comparison.COLUMNS` wide."""

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

    Without `arms` or `seeds` it is the one of `settings`.

    All arms see as many conversations, partners in the same places, in as many steps, and
    `budget.equal` has their tokens made equal, seed by seed. Finished runs are not repeated. Raises
    UserError before anything is trained if an arm is not there.
    """
    watcher = watcher or ExperimentWatcher()
    wanted = each_run(settings, arms, seeds)
    if len(arms) > 1:
        require_own(Workspace(out).work, _OWN)
    option, arms = ("--arms", arms) if arms else ("--config", [settings.config])
    for arm in arms:
        open_source(settings.dataset, arm, (), option)
    runs = []
    folders = [out / name_of(one) for one in wanted]
    with _shared(out, arms, folders) as shared:
        for number, (one, folder) in enumerate(zip(wanted, folders, strict=True), 1):
            watcher.run(one.config, one.seed, number, len(wanted))
            runs.append(run.train(one, folder, watcher, restart=restart, arms=shared))
    found = Experiment(runs, [*comparison.rows(runs), *comparison.means(runs, arms)])
    if leads():
        write_atomically(out / DATA, _dump([one.record for one in runs]))
        write_atomically(out / comparison.TABLE, comparison.markdown(found.rows, runs).encode())
    return found


def name_of(one: Settings) -> str:
    """What a run is called in an experiment: its folder, for one."""
    return f"{one.config}-seed{one.seed}"


def each_run(settings: Settings, arms: Sequence[str], seeds: Sequence[int]) -> list[Settings]:
    """The settings of each run, arm by arm; those of `settings` where nothing else is given.

    Raises UserError for what is named twice, and for a seed that cannot be one.
    """
    for name, given in (("--arms", arms), ("--seeds", seeds)):
        if len(set(given)) != len(given):
            raise UserError(f"{name} {','.join(map(str, given))}: each may be named once")
    arms, seeds = arms or [settings.config], seeds or [settings.seed]
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


def _dump(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
