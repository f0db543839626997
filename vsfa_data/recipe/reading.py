"""From a recipe's file to plain data: YAML that can be read, and a mapping."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from vsfa_data.errors import UserError
from vsfa_data.plain_yaml import plain_yaml
from vsfa_data.recipe.mistakes import kind_of

MAX_RECIPE_BYTES: Final = 1_000_000


def read(path: Path) -> dict[str, Any]:
    """What the file says. Raises UserError, with the place in it where YAML names one."""
    try:
        if path.stat().st_size > MAX_RECIPE_BYTES:
            raise UserError(f"{path}: a recipe is at most {MAX_RECIPE_BYTES:,} bytes")
        data = plain_yaml(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        place = f" (line {where.line + 1}, column {where.column + 1})" if where else ""
        problem = getattr(error, "problem", None) or str(error) or "not valid YAML"
        raise UserError(f"{path}: {problem}{place}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read as a recipe: {error}") from None
    if not isinstance(data, dict):
        raise UserError(f"{path}: a recipe is a mapping of keys to values, not {kind_of(data)}")
    return data
