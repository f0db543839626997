"""A build from its first step to its last, or to the one that was asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from vsfa_data.engines.local import LocalEngine
from vsfa_data.errors import UserError
from vsfa_data.pipeline.beforehand import keep_apart, require
from vsfa_data.pipeline.candidates import ask_sources
from vsfa_data.pipeline.job import Built, Job
from vsfa_data.pipeline.release import run_release
from vsfa_data.pipeline.step import run_step
from vsfa_data.pipeline.steps import STEPS
from vsfa_data.pipeline.under_way import UnderWay
from vsfa_data.pipeline.watcher import Watcher
from vsfa_data.workspace import Workspace


def build(job: Job, watcher: Watcher) -> Built:
    """Run the steps up to `job.until`. Raises UserError for what the user can mend."""
    keep_apart(job)
    workspace = Workspace(job.out)
    # Before anything is made: what cannot be built leaves no empty folder.
    with _telling_what_lies_there(workspace):
        checked = require(job, workspace)
    with (
        workspace,
        LocalEngine(job.workers) as engine,
        _telling_what_lies_there(workspace),
    ):
        return _run(UnderWay(job, watcher, workspace, engine, checked))


def _run(under_way: UnderWay) -> Built:
    ask_sources(under_way)
    for step, stages in STEPS.items():
        if step == "release":
            run_release(under_way)
        else:
            run_step(under_way, step, stages)
        if step == under_way.job.until:
            break
    return under_way.built


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
