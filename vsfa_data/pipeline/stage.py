"""One stage of a build: is it there already, and if not, its shards are made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from vsfa_data import versions
from vsfa_data.collect import downloading, forgetting, listing
from vsfa_data.engines.work import Work
from vsfa_data.files.canonical_json import digest
from vsfa_data.pipeline import candidates
from vsfa_data.pipeline.steps import WRITERS
from vsfa_data.pipeline.under_way import UnderWay
from vsfa_data.stages import GlobalStage, MapStage, Stage
from vsfa_data.workspace import Counts, StageFolder


def run_stage(build: UnderWay, stage: Stage) -> Counts:
    """See to it that `stage` has all its shards, made from what the recipe says now."""
    folder = build.workspace.stage(stage.name)
    build.identities |= stage.identities()
    found = folder.prepare(_ingredients(build, stage))
    is_collect = not stage.reads
    if is_collect and forgetting.reconcile(folder, build.checked.tombstones).is_changed:
        found = replace(found, status="recomputed", why=("tombstones changed",))
    build.watcher.started(stage.name, found, _total(build, stage))
    if (shards := folder.finished()) is None:
        build.checked.require()
        shards = _compute(build, stage, folder)
        folder.finish(shards)
    build.checked.passed(stage)
    if is_collect:
        forgetting.settle(folder, shards, build.checked.tombstones)
    build.shards = shards
    counts = folder.counts(range(shards))
    build.keys[stage.name] = digest([found.key, folder.content(range(shards))])
    build.watcher.ended(stage.name, counts)
    build.built.note(stage.name, found, counts)
    return counts


def _ingredients(build: UnderWay, stage: Stage) -> dict[str, Any]:
    """All that decides what the shards of `stage` hold."""
    writers = [WRITERS[table.name] for table in stage.reads]
    made: dict[str, Any] = {
        stage.step: stage.settings(),
        "code": stage.version,
        "with": stage.identities() | versions.installed(stage.libraries),
        "input": {writer: build.keys[writer] for writer in writers},
    }
    if not stage.reads:
        made["listed"] = listing.snapshot(build.job.recipe, build.workspace.work)
        made["shard_size"] = candidates.shard_size(build)
    return made


def _total(build: UnderWay, stage: Stage) -> int | None:
    """How many units are ahead of `stage`, as far as anybody knows."""
    if not stage.reads:
        return candidates.length(build)
    return int(list(build.built.stages.values())[-1]["kept"])


def _compute(build: UnderWay, stage: Stage, folder: StageFolder) -> int:
    """Make the shards that are missing; how many there are in all."""
    if isinstance(stage, GlobalStage):
        return _compute_at_once(build, stage, folder)
    stage = cast(MapStage, stage)
    names = [table.name for table in stage.reads]
    numbered = candidates.Counted(build.read(names) if names else candidates.in_shards(build))
    missing = (shard for shard in numbered if not _is_done(build, folder, shard.index))
    recipe = build.job.recipe.model_dump(mode="json")
    alone = stage.alone()
    work = Work(type(stage), recipe, folder.path, alone, stage.cards() if alone else 1)
    if names:
        build.engine.run(work, missing, build.watcher.advanced, build.watcher.noted)
    else:
        with downloading.fetched(missing, build.job.recipe.collect, folder) as complete:
            build.engine.run(work, complete, build.watcher.advanced)
    return numbered.seen


def _compute_at_once(build: UnderWay, stage: GlobalStage, folder: StageFolder) -> int:
    given = build.read(table.name for table in stage.reads)
    outputs = zip(given, stage.process(given), strict=True)
    for counted in folder.write_all((one.index, output) for one, output in outputs):
        build.watcher.advanced(counted)
    folder.write_beside(stage.beside())
    return len(given)


def _is_done(build: UnderWay, folder: StageFolder, index: int) -> bool:
    if not folder.has(index):
        return False
    build.watcher.advanced(folder.counts(range(index, index + 1)).counted)
    return True
