"""Finding a recipe by its name or its path."""

from __future__ import annotations

import difflib
from pathlib import Path

from vsfa_data import resources
from vsfa_data.errors import UserError


def available() -> dict[str, Path]:
    """Recipes that ship with the toolkit: name -> file."""
    return {path.stem: path for path in sorted(resources.folder("builders").glob("*.yaml"))}


def find(name_or_path: str) -> Path:
    """Its file. Raises UserError, with the recipes there are, if there is none."""
    known = available()
    if name_or_path in known:
        return known[name_or_path]
    path = resources.user_path(name_or_path)
    if path.is_file():
        return path
    close = difflib.get_close_matches(name_or_path, known, n=1)
    hint = f" Did you mean '{close[0]}'?" if close else ""
    raise UserError(
        f"no recipe '{name_or_path}': it is neither a file nor one of {', '.join(known)}.{hint} "
        f"Run: vsfa-data recipes"
    )
