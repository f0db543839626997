"""Whether a recipe is one that ships with the toolkit, or speaks as if it were."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from vsfa_data.recipe.finding import available
from vsfa_data.recipe.loading import load
from vsfa_data.recipe.recipe import Recipe


def is_shipped(recipe: Recipe) -> bool:
    """Whether this is a recipe of the toolkit as it stands, with nothing overridden."""
    path = available().get(recipe.name)
    return path is not None and _as_shipped(path, path.read_bytes()) == recipe.model_dump()


@functools.cache
def _as_shipped(path: Path, _: bytes) -> dict[str, Any]:
    """What the recipe at `path` says while the file holds these bytes."""
    return load(str(path)).model_dump()


def describes_others(recipe: Recipe) -> bool:
    """Whether the recipe has a shipped one's title and description, but not its pictures."""
    said = (recipe.description, recipe.release.pretty_name)
    return any(
        # As plain data: each recipe has a model of its own, and two classes are never equal.
        said == (shipped.description, shipped.release.pretty_name)
        and _plain_sources(recipe) != _plain_sources(shipped)
        for shipped in map(load, available())
    )


def _plain_sources(recipe: Recipe) -> list[dict[str, Any]]:
    return [source.model_dump() for source in recipe.collect.sources]
