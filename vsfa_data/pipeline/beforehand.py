"""What is refused before any work is done, so that what cannot be built leaves no empty folder."""

from __future__ import annotations

from dataclasses import dataclass, field

from vsfa_data.collect import listing, tombstones
from vsfa_data.collect.tombstones import Tombstones
from vsfa_data.errors import UserError
from vsfa_data.pipeline.job import Job
from vsfa_data.pipeline.prompting import require_neutral
from vsfa_data.pipeline.steps import STEPS
from vsfa_data.stages import Stage
from vsfa_data.workspace import Workspace


@dataclass
class Checked:
    """What was found. Stages that have nothing left to do, by what lies there, were not asked.

    A server need not run for a build that has all its captions.
    """

    tombstones: Tombstones
    """What is never to be collected again."""
    unasked: list[Stage] = field(default_factory=list)

    def passed(self, stage: Stage) -> None:
        """`stage` had indeed nothing left to do."""
        self.unasked = [one for one in self.unasked if one.name != stage.name]

    def require(self) -> None:
        """Something is to be computed, and with it what follows: ask them after all."""
        waiting, self.unasked = self.unasked, []
        for stage in waiting:
            stage.require()


def require(job: Job, workspace: Workspace) -> Checked:
    """Refuse what cannot be finished on this machine."""
    found = Checked(tombstones.of(job.recipe, workspace.out))
    for step, stages in STEPS.items():
        if step == "caption":
            require_neutral(job.recipe)
        for kind in stages:
            stage = kind(job.recipe)
            if _is_made(stage, workspace):
                found.unasked.append(stage)
            else:
                stage.require()
            # These read what the recipe names: concepts, calibration, templates.
            stage.settings()
            stage.identities()
        if step == job.until:
            break
    return found


def _is_made(stage: Stage, workspace: Workspace) -> bool:
    """Whether all its shards are there, made as the recipe says. From what, is not known yet."""
    folder = workspace.stage(stage.name)
    if not stage.reads or folder.finished() is None:
        return False
    made = folder.read_beside("key.json").get("ingredients")
    if not isinstance(made, dict) or not isinstance(made.get("with"), dict):
        return False  # somebody has edited it
    used = made["with"].items() >= stage.identities().items()
    return used and made.get(stage.step) == stage.settings()


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
