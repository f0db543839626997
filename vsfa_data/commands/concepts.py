"""`vsfa-data concepts`: what images are compared with."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from vsfa_data.commands.as_json import AsJson
from vsfa_data.console.output import print_json, say

EXAMPLES: Final = ("vsfa-data concepts", "vsfa-data concepts threats --json")


def concepts(
    concept_set: Annotated[str, typer.Argument(help="A name in concepts/ or a file.")] = "default",
    *,
    as_json: AsJson = False,
) -> None:
    """List the concepts that images are compared with."""
    from vsfa_data.console.tables import show_list
    from vsfa_data.filter.concepts import load

    found = load(concept_set)
    if as_json:
        print_json(found.as_json())
        return
    rows = [
        (one.category or "threat", one.name, "; ".join(one.descriptions)) for one in found.threat
    ]
    rows += [("neutral", one.name, "; ".join(one.descriptions)) for one in found.neutral]
    columns = ("category", "concept", "descriptions")
    show_list(f"concepts of '{concept_set}' {found.version}", columns, rows)
    shown = ", ".join(found.prompts)
    say(f"{len(found.neutral_names) - len(found.neutral)} look-alikes. Prompts: {shown or 'none'}")
