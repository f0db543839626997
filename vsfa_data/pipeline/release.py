"""The last step of a build: tables are joined to the release folder, unless it is there already."""

from __future__ import annotations

from dataclasses import replace

from vsfa_data.pipeline import funnel
from vsfa_data.pipeline.under_way import UnderWay
from vsfa_data.release.step import ReleaseStep
from vsfa_data.workspace import Counts


def run_release(build: UnderWay) -> None:
    """See to it that the release is what the tables say now."""
    step = ReleaseStep(build.job.recipe, build.built.funnel, build.identities)
    folder = build.workspace.stage("release")
    found = folder.prepare(
        {
            **step.settings(),
            "code": step.version,
            "with": step.identities(),
            "input": dict(build.keys),
        }
    )
    released = step.reuse(build.workspace.release, folder.path)
    if released is not None:
        found = replace(found, status="reused")
    build.watcher.started("release", found, build.images)
    if released is None:
        shards = build.read(table.name for table in step.reads)
        released = step.run(shards, build.workspace.release, folder.path, build.watcher.advanced)
    line = released.funnel
    funnel.check_handover("caption", build.images, "release", line["in"])
    build.built.funnel["release"] = line
    build.built.released = released
    build.built.balance |= released.balance  # with what only the captions could tell
    counts = Counts(line["in"], line["kept"], line["rejected"])
    build.built.note("release", found, counts)
    build.watcher.ended("release", counts)
