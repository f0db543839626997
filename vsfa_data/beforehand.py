"""What is refused before a build begins, so that nobody waits for what cannot be finished."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from vsfa_data.collect import listing, tombstones
from vsfa_data.collect.tombstones import Tombstones
from vsfa_data.errors import UserError
from vsfa_data.recipe import Recipe
from vsfa_data.stages import Stage
from vsfa_data.workspace import Workspace


@dataclass
class Checked:
    """What was found. Stages that have nothing left to do, by what lies there, were not asked.

    A server need not run for a build that has all its captions.
    """

    tombstones: Tombstones
    unasked: list[Stage] = field(default_factory=list)

    def passed(self, stage: Stage) -> None:
        """`stage` had indeed nothing left to do."""
        self.unasked = [one for one in self.unasked if one.name != stage.name]

    def require(self) -> None:
        """Something is to be computed, and all that follows it too: ask them after all."""
        waiting, self.unasked = self.unasked, []
        for stage in waiting:
            stage.require()


def check(recipe: Recipe, workspace: Workspace, kinds: Iterable[type[Stage]]) -> Checked:
    """Refuse what cannot be finished on this machine, with as little work as that takes."""
    found = Checked(tombstones.of(recipe, workspace.out))
    for kind in kinds:
        stage = kind(recipe)
        if _is_made(stage, workspace):
            found.unasked.append(stage)
        else:
            stage.require()
        # These read what the recipe names: concepts, calibration, templates.
        stage.settings()
        stage.identities()
    return found


def _is_made(stage: Stage, workspace: Workspace) -> bool:
    """Whether all its shards are there, made as the recipe says. From what, is not known yet."""
    folder = workspace.stage(stage.name)
    if not stage.reads or folder.finished() is None:
        return False
    made = folder.read_beside("key.json").get("ingredients", {})
    identities = {**made.get("with", {}), **stage.identities()}
    return bool(made.get(stage.step) == stage.settings() and made.get("with") == identities)


def keep_apart(recipe: Recipe, folder: Path) -> None:
    """Refuse a workspace that its own sources would collect, or that holds them."""
    out = Workspace(folder).out
    for root in listing.roots(recipe):
        if out.is_relative_to(root) or any(
            root.is_relative_to(out / own) for own in ("work", "release")
        ):
            raise UserError(
                f"--out {out} and the image folder {root} overlap: a build would collect its own "
                f"files. Choose another folder with --out"
            )


@contextlib.contextmanager
def telling_what_lies_there(workspace: Workspace) -> Iterator[None]:
    """Say of a release that stands there after a failure that it is an earlier one."""
    try:
        yield
    except UserError as error:
        if workspace.release.exists():
            old = f"{error}. What lies in {workspace.release} is an earlier build's"
            raise UserError(old) from error
        raise
