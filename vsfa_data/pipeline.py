"""The order of the steps, and nothing else."""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Protocol, cast

from vsfa_data import funnel, tables, versions
from vsfa_data.ask.balance import BalanceStage
from vsfa_data.ask.stage import AskStage
from vsfa_data.caption.ground import GroundStage
from vsfa_data.caption.stage import CaptionStage
from vsfa_data.collect import downloading, forgetting, listing, tombstones
from vsfa_data.collect.dedupe import DedupeStage
from vsfa_data.collect.stage import CollectStage
from vsfa_data.collect.tombstones import Tombstones
from vsfa_data.engines.local import LocalEngine, Work
from vsfa_data.errors import UserError
from vsfa_data.filter.score import ScoreStage
from vsfa_data.filter.select import BALANCE, SelectStage
from vsfa_data.recipe import Recipe
from vsfa_data.release.step import Released, ReleaseStep
from vsfa_data.stages import GlobalStage, MapStage, Shard, Stage
from vsfa_data.workspace import Counts, Preparation, StageFolder, Workspace, digest

STEPS: Final[Mapping[str, tuple[type[Stage], ...]]] = {
    "collect": (CollectStage, DedupeStage),
    "filter": (ScoreStage, SelectStage),
    "caption": (CaptionStage, GroundStage),
    "ask": (AskStage, BalanceStage),
    "release": (),
}
"""Step -> its stages, in order. Release joins the tables and is no table itself."""

_WRITER: Final = {stage.writes.name: stage for stages in STEPS.values() for stage in stages}
SHARD_SIZES: Final = (8, 64)
"""Bounds of the automatic shard size: small sets still keep several workers busy, and a shard
of large pictures still fits into memory many times over."""


_UNLICENSED: Final = (
    "Say the licence of the images ('license' of the source, or that column of its list), or keep "
    "them without: --set collect.keep_unlicensed=true. "
)
SHOWN_REJECTS: Final = 5
"""Rejected files that a build names; the tables have them all."""


class Watcher(Protocol):
    """Who is told how a build goes on."""

    def started(self, stage: str, found: Preparation, total: int | None) -> None:
        """`stage` starts; `total` units are ahead of it, or None if nobody knows yet."""

    def advanced(self, units: int) -> None:
        """So many units of the stage that runs are done."""

    def noted(self, text: str) -> None:
        """Why the stage that runs does not move; empty when it moves again."""

    def ended(self, stage: str, counts: Counts) -> None:
        """`stage` has ended."""


@dataclass(frozen=True)
class Job:
    """What to build, where, and how far."""

    recipe: Recipe
    out: Path
    until: str = "release"
    workers: int = 1
    shard_size: int | None = None
    relist: bool = False


@dataclass
class Built:
    """What a build came to."""

    funnel: dict[str, Any] = field(default_factory=dict)
    stages: dict[str, dict[str, Any]] = field(default_factory=dict)
    released: Released | None = None
    scored: int | None = None
    balance: dict[str, dict[str, float]] = field(default_factory=dict)
    not_collected: list[tuple[str, str]] = field(default_factory=list)
    """The first files that collect rejected, with their reasons."""
    work: Path | None = None


def build(job: Job, watcher: Watcher) -> Built:
    """Run the steps up to `job.until`. Raises UserError for what the user can mend."""
    _keep_apart(job)
    workspace = Workspace(job.out)
    # Before anything is made: what cannot be built leaves no empty folder.
    with _telling_what_lies_there(workspace):
        found = _require(job, workspace)
    with (
        workspace,
        LocalEngine(job.workers) as engine,
        _telling_what_lies_there(workspace),
    ):
        return _Build(job, watcher, workspace, engine, found).run()


@contextlib.contextmanager
def _telling_what_lies_there(workspace: Workspace) -> Iterator[None]:
    """Say of a release that stands there after a failure that it is an earlier one."""
    try:
        yield
    except UserError as error:
        if workspace.release.exists():
            old = f"{error}. What lies in {workspace.release} is an earlier build's"
            raise UserError(old) from error
        raise


def _require(job: Job, workspace: Workspace) -> Tombstones:
    """Refuse what cannot be finished on this machine before any work is done."""
    found = tombstones.of(job.recipe, workspace.out)
    for step, stages in STEPS.items():
        for kind in stages:
            stage = kind(job.recipe)
            stage.require()
            # These read what the recipe names: concepts, calibration, templates.
            stage.settings()
            stage.identities()
        if step == job.until:
            break
    return found


def _keep_apart(job: Job) -> None:
    """Refuse a workspace that its own sources would collect, or that holds them."""
    out = Workspace(job.out).out
    for root in listing.roots(job.recipe):
        if out.is_relative_to(root) or any(
            root.is_relative_to(out / own) for own in ("work", "release")
        ):
            raise UserError(
                f"--out {out} and the image folder {root} overlap: a build would collect its own "
                f"files. Choose another folder with --out"
            )


class _Build:
    """One run of the pipeline over a workspace that is held."""

    def __init__(
        self,
        job: Job,
        watcher: Watcher,
        workspace: Workspace,
        engine: LocalEngine,
        forgotten: Tombstones,
    ) -> None:
        self.job, self.watcher, self.workspace, self.engine = job, watcher, workspace, engine
        self.tombstones = forgotten
        self.built = Built()
        self.keys: dict[str, str] = {}
        self.identities: dict[str, str] = {}
        self.shards = 0
        self.images = 0

    def run(self) -> Built:
        """All steps up to the one that was asked for."""
        self._list()
        for step, stages in STEPS.items():
            if step == "release":
                self._release()
            else:
                self._step(step, stages)
            if step == self.job.until:
                break
        return self.built

    def _list(self) -> None:
        """Have sources that must ask what there is do so, unless they were told already."""
        recipe, folder = self.job.recipe, self.workspace.work
        if self.job.relist:
            listing.list_anew(recipe, folder)
        if not (sources := listing.unlisted(recipe, folder)):
            return
        self.watcher.started("list", Preparation("", "computed", ()), None)
        found = 0
        for images in itertools.chain.from_iterable(source.list_all() for source in sources):
            self.watcher.advanced(images)
            found += images
        self.watcher.ended("list", Counts(found, found, {}))

    def _step(self, step: str, stages: Sequence[type[Stage]]) -> None:
        counts = [(kind.name, self._stage(kind(self.job.recipe))) for kind in stages]
        unit = stages[-1].writes.unit + "s"
        line = funnel.step_counts(unit, counts)
        if self.built.funnel and unit == "images":
            before, last = next(reversed(self.built.funnel.items()))
            funnel.check_handover(before, last["kept"], step, line["in"])
        self.built.funnel[step] = line
        if step == "collect":
            self.built.work = self.workspace.work
            for kind in stages:
                left = SHOWN_REJECTS - len(self.built.not_collected)
                folder_of = self.workspace.stage(kind.name)
                self.built.not_collected += folder_of.first_rejects(range(self.shards), left)
        if step == "filter":
            self.built.scored = counts[0][1].kept
            self.built.balance = self.workspace.stage(SelectStage.name).read_beside(BALANCE)
        if unit == "images":
            self.images = line["kept"]
        if line["kept"] == 0:
            folders = ",".join(kind.name for kind in stages)
            folder = f"work/{{{folders}}}" if len(stages) > 1 else f"work/{folders}"
            unlicensed = "license_unknown" in line["rejected"]
            raise UserError(
                f"{step} kept none of {line['in']} {unit} ({funnel.reasons_text(line) or 'none'}); "
                f"nothing is left to build from. {_UNLICENSED if unlicensed else ''}Each reject "
                f"stands in {self.job.out}/{folder}/rejects-*.parquet"
            )

    def _stage(self, stage: Stage) -> Counts:
        folder = self.workspace.stage(stage.name)
        self.identities |= stage.identities()
        found = folder.prepare(self._ingredients(stage))
        is_collect = not stage.reads
        if is_collect and forgetting.reconcile(folder, self.tombstones).is_changed:
            found = replace(found, status="recomputed", why=("tombstones changed",))
        self.watcher.started(stage.name, found, self._total(stage))
        if (shards := folder.finished()) is None:
            shards = self._compute(stage, folder)
            folder.finish(shards)
        if is_collect:
            forgetting.settle(folder, shards, self.tombstones)
        self.shards = shards
        counts = folder.counts(range(shards))
        self.keys[stage.name] = digest([found.key, folder.content(range(shards))])
        self.watcher.ended(stage.name, counts)
        self.built.stages[stage.name] = {
            "status": found.status,
            "why": list(found.why),
            "kept": counts.kept,
        }
        return counts

    def _ingredients(self, stage: Stage) -> dict[str, Any]:
        """All that decides what the shards of `stage` hold."""
        made: dict[str, Any] = {
            stage.step: stage.settings(),
            "code": stage.version,
            "with": stage.identities() | versions.installed(stage.libraries),
            "input": {
                _WRITER[table.name].name: self.keys[_WRITER[table.name].name]
                for table in stage.reads
            },
        }
        if not stage.reads:
            made["listed"] = listing.snapshot(self.job.recipe, self.workspace.work)
            made["shard_size"] = self._shard_size()
        return made

    def _compute(self, stage: Stage, folder: StageFolder) -> int:
        if isinstance(stage, GlobalStage):
            given = self._shards(table.name for table in stage.reads)
            outputs = zip(given, stage.process(given), strict=True)
            for counted in folder.write_all((one.index, output) for one, output in outputs):
                self.watcher.advanced(counted)
            folder.write_beside(stage.beside())
            return len(given)
        listed = self._shards(t.name for t in stage.reads) if stage.reads else self._listed()
        numbered = _Numbered(listed)
        missing = (shard for shard in numbered if not self._is_done(folder, shard.index))
        recipe = self.job.recipe.model_dump(mode="json")
        alone = cast(MapStage, stage).alone()
        cards = cast(MapStage, stage).cards() if alone else 1
        work = Work(cast(type[MapStage], type(stage)), recipe, folder.path, alone, cards)
        if stage.reads:
            self.engine.run(work, missing, self.watcher.advanced, self.watcher.noted)
        else:
            with downloading.fetched(missing, self.job.recipe.collect, folder) as complete:
                self.engine.run(work, complete, self.watcher.advanced)
        return numbered.seen

    def _is_done(self, folder: StageFolder, index: int) -> bool:
        if not folder.has(index):
            return False
        self.watcher.advanced(folder.counts(range(index, index + 1)).counted)
        return True

    def _listed(self) -> Iterator[Shard]:
        """Shards of candidates, as the sources list them."""
        cleaned: Counter[str] = Counter()
        candidates = itertools.islice(
            listing.candidates(self.job.recipe, self.workspace.work, cleaned),
            self.job.recipe.collect.limit,
        )
        # What is listed in tombstones has its place in a shard like any other.
        for index, rows in enumerate(listing.in_shards(candidates, self._shard_size())):
            offered = self.tombstones.marked(rows)
            yield Shard(index, candidates=tables.CANDIDATES.build(offered))
        if cleaned:
            told = ", ".join(f"{count} in {column}" for column, count in sorted(cleaned.items()))
            self.watcher.noted(f"characters that cannot be seen were taken out of texts: {told}")

    def _shard_size(self) -> int:
        if self.job.shard_size is not None:
            return self.job.shard_size
        smallest, largest = SHARD_SIZES
        return max(smallest, min(largest, (self._length() or largest * 8) // 8))

    def _length(self) -> int | None:
        listed = listing.length(self.job.recipe, self.workspace.work)
        limit = self.job.recipe.collect.limit
        known = [number for number in (listed, limit) if number is not None]
        return min(known) if known else None

    def _total(self, stage: Stage) -> int | None:
        if not stage.reads:
            return self._length()
        return int(list(self.built.stages.values())[-1]["kept"])

    def _release(self) -> None:
        step = ReleaseStep(self.job.recipe, self.built.funnel, self.identities)
        folder = self.workspace.stage("release")
        found = folder.prepare(
            {
                **step.settings(),
                "code": step.version,
                "with": step.identities(),
                "input": dict(self.keys),
            }
        )
        released = step.reuse(self.workspace.release, folder.path)
        if released is not None:
            found = replace(found, status="reused")
        self.watcher.started("release", found, self.images)
        if released is None:
            shards = self._shards(table.name for table in step.reads)
            released = step.run(shards, self.workspace.release, folder.path, self.watcher.advanced)
        line = released.funnel
        funnel.check_handover("caption", self.images, "release", line["in"])
        self.built.funnel["release"] = line
        self.built.released = released
        self.built.stages["release"] = {
            "status": found.status,
            "why": list(found.why),
            "kept": line["kept"],
        }
        self.watcher.ended("release", Counts(line["in"], line["kept"], line["rejected"]))

    def _shards(self, names: Iterable[str]) -> list[Shard]:
        """Every shard, with its files of the tables `names`."""
        folders = {name: self.workspace.stage(_WRITER[name].name) for name in names}
        return [
            Shard(
                index,
                {name: folder.rows(index) for name, folder in folders.items()},
                work=self.workspace.work,
            )
            for index in range(self.shards)
        ]


class _Numbered:
    """Passes shards on and counts them: only the last one tells how many there are."""

    def __init__(self, shards: Iterable[Shard]) -> None:
        self._shards, self.seen = shards, 0

    def __iter__(self) -> Iterator[Shard]:
        for shard in self._shards:
            self.seen += 1
            yield shard
