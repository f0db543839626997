"""`vsfa-data recipes`: the recipes that ship with the toolkit."""

from __future__ import annotations

from typing import Final

from vsfa_data.commands.as_json import AsJson
from vsfa_data.console.output import print_json

EXAMPLES: Final = ("vsfa-data recipes", "vsfa-data recipes --json")


def recipes(*, as_json: AsJson = False) -> None:
    """List the recipes that ship with the toolkit."""
    from vsfa_data import recipe as module
    from vsfa_data.console.tables import show_list

    found = {name: module.load(name) for name in module.available()}
    if as_json:
        print_json({name: chosen.description for name, chosen in found.items()})
        return
    rows = [(name, chosen.version, chosen.description) for name, chosen in found.items()]
    show_list("recipes", ("name", "version", "description"), rows)
