"""CHANGELOG.md: what this version changes against the last one, above what that one says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vsfa_data import resources
from vsfa_data.release import contents
from vsfa_data.release.diff import Difference, Group, diff
from vsfa_data.release.manifest import Manifest
from vsfa_data.release.markdown import template
from vsfa_data.release.previous import Previous

TEMPLATE: Final = "changelog.md.j2"
_HEAD: Final = "# Changelog\n"
_GROUPS: Final = 20


@dataclass(frozen=True)
class _Fresh:
    """A release that is being written: its rows are there, its manifest not yet."""

    folder: Path
    made: Manifest
    label: str = "this release"

    def manifest(self) -> Manifest:
        """Its manifest."""
        return self.made

    def open(self, name: str) -> Any:
        """A file of it."""
        return (self.folder / name).open("rb")


def render(made: Manifest, folder: Path, previous: Previous | None) -> str:
    """The text. `folder` holds the rows, `made` lists their files."""
    found = previous and diff(previous.found, contents.read(_Fresh(folder, made)))
    context = {
        "m": made.model_dump(mode="json", by_alias=True),
        "change": found,
        "groups": _moved(found) if found else [],
    }
    text = template(resources.folder("cards"), TEMPLATE).render(context).rstrip("\n")
    older = previous.changelog.removeprefix(_HEAD).strip("\n") if previous else ""
    return f"{_HEAD}\n{text}\n" + (f"\n{older}\n" if older else "")


def _moved(found: Difference) -> list[Group]:
    """Licences and concepts whose count changed, the largest changes first."""
    moved = [one for one in found.groups if one.by in ("licence", "concept")]
    moved = [one for one in moved if one.before != one.after]
    return sorted(moved, key=lambda one: (-abs(one.after - one.before), one.by, one.name))[:_GROUPS]
