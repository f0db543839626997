"""One step of a build: its stages in order, and its line of the funnel."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any, Final

from vsfa_data.collect import unanswered
from vsfa_data.collect.stage import CollectStage
from vsfa_data.errors import UserError
from vsfa_data.filter.select import BALANCE, SelectStage
from vsfa_data.pipeline import funnel
from vsfa_data.pipeline.stage import run_stage
from vsfa_data.pipeline.under_way import UnderWay
from vsfa_data.stages import Stage

SHOWN_REJECTS: Final = 5
"""Rejected files that a build names; the tables have them all."""
_UNLICENSED: Final = (
    "Say the licence of the images ('license' of the source, or that column of its list), or keep "
    "them without: --set collect.keep_unlicensed=true. "
)


def run_step(build: UnderWay, step: str, stages: Sequence[type[Stage]]) -> None:
    """Run the stages of `step`. Raises UserError if nothing is left for the next one."""
    counts = [(kind.name, run_stage(build, kind(build.job.recipe))) for kind in stages]
    unit = stages[-1].writes.unit + "s"
    line = funnel.step_counts(unit, counts)
    if build.built.funnel and unit == "images":
        before, last = next(reversed(build.built.funnel.items()))
        funnel.check_handover(before, last["kept"], step, line["in"])
    build.built.funnel[step] = line
    if step == "collect":
        _name_rejects(build, stages)
        if unanswered.REASON in line["rejected"]:
            rejects = build.workspace.stage(CollectStage.name).all_rejects(range(build.shards))
            build.built.unanswered = unanswered.told(rejects)
    if step == "filter":
        build.built.scored = counts[0][1].kept
        build.built.balance = build.workspace.stage(SelectStage.name).read_beside(BALANCE)
    if unit == "images":
        build.images = line["kept"]
    if line["kept"] == 0:
        raise UserError(_nothing_left(build, step, line))


def _name_rejects(build: UnderWay, stages: Sequence[type[Stage]]) -> None:
    """Hold the first files that were not collected, for whoever asked for the build."""
    built = build.built
    built.work = build.workspace.work
    for kind in stages:
        left = SHOWN_REJECTS - len(built.not_collected)
        folder = build.workspace.stage(kind.name)
        built.not_collected += folder.first_rejects(range(build.shards), left)


def _nothing_left(build: UnderWay, step: str, line: dict[str, Any]) -> str:
    unlicensed = "license_unknown" in line["rejected"]
    count, units = line["in"], line["unit"]
    return (
        f"{step} kept none of {count} {units.removesuffix('s') if count == 1 else units} "
        f"({funnel.reasons_text(line) or 'none'}); "
        f"nothing is left to build from. {_UNLICENSED if unlicensed else ''}Each reject is shown "
        f"by: vsfa-data rejects {shlex.quote(str(build.job.out))} --stage {step}"
        + (f"; {build.built.unanswered}" if step == "collect" and build.built.unanswered else "")
    )
