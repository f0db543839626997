"""What is refused before any work is done, so that what cannot be built leaves no empty folder."""

from __future__ import annotations

from vsfa_data.collect import listing, tombstones
from vsfa_data.collect.tombstones import Tombstones
from vsfa_data.errors import UserError
from vsfa_data.pipeline.job import Job
from vsfa_data.pipeline.steps import STEPS
from vsfa_data.workspace import Workspace


def require(job: Job, workspace: Workspace) -> Tombstones:
    """Refuse what cannot be finished on this machine; what is never to be collected again."""
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


def keep_apart(job: Job) -> None:
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
