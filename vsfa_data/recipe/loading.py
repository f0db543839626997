"""From a name or a path to a checked recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from vsfa_data.errors import UserError
from vsfa_data.recipe.filter import FilterSection
from vsfa_data.recipe.finding import find
from vsfa_data.recipe.mistakes import explain
from vsfa_data.recipe.options import model_for, with_options
from vsfa_data.recipe.overrides import lay_over
from vsfa_data.recipe.reading import read
from vsfa_data.recipe.recipe import Recipe


def load(name_or_path: str, overrides: Sequence[str] = (), seed: int | None = None) -> Recipe:
    """The recipe of that name or path, with `key.path=value` overrides laid over it.

    Raises UserError naming the file, the key path, what was given and what is allowed.
    """
    path = find(name_or_path)
    data = read(path)
    for said in overrides:
        lay_over(data, said)
    if seed is not None:
        data["seed"] = seed
    return parse(data, origin=f"{path} with --set" if overrides else str(path))


def parse(data: Mapping[str, Any], origin: str = "recipe") -> Recipe:
    """A checked recipe from plain data. Raises UserError as `load` does."""
    model = model_for(data, origin)
    try:
        return model.model_validate(dict(data))
    except ValidationError as error:
        raise UserError(explain(error, origin, model)) from None


def filter_section(
    data: Mapping[str, Any], overrides: Sequence[str] = (), origin: str = "filter"
) -> FilterSection:
    """A checked filter section with its encoder's options, for commands that need no more.

    Raises UserError as `load` does; overrides are those of `--set`, without `filter.`.
    """
    plain = dict(data)
    for said in overrides:
        lay_over(plain, said)
    model = with_options(FilterSection, "encoders", plain.get("encoder"), f"{origin}: encoder")
    try:
        found = model.model_validate(plain)
    except ValidationError as error:
        raise UserError(explain(error, origin, model)) from None
    assert isinstance(found, FilterSection)  # noqa: S101  for the type checker
    return found
