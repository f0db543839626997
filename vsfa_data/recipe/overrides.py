"""`--set key.path=value`: one value laid over those of a recipe."""

from __future__ import annotations

from typing import Any

import yaml

from vsfa_data.errors import UserError
from vsfa_data.plain_yaml import plain_yaml
from vsfa_data.recipe.mistakes import kind_of


def lay_over(data: dict[str, Any], override: str) -> None:
    """Put the value of `key.path=value` into `data`. Raises UserError if it has no such place."""
    key, equals, text = override.partition("=")
    if not equals or not key.strip():
        raise UserError(f"--set {override}: write it as key.path=value, e.g. filter.min_threat=0.6")
    try:
        value = plain_yaml(text)
    except yaml.YAMLError:
        raise UserError(f"--set {override}: the value is not valid YAML") from None
    steps: list[str] = key.strip().split(".")
    place: Any = data
    for done, step in enumerate(steps):
        here, last = ".".join(steps[:done]) or "the recipe", done == len(steps) - 1
        if isinstance(place, list):
            numbers = {str(number): number for number in range(len(place))}
            if step not in numbers:
                allowed = f"; '{step}' must be a number from 0 to {len(place) - 1}"
                raise UserError(
                    f"--set {override}: {here} has {len(place)} entries{allowed if place else ''}"
                )
            index: Any = numbers[step]
        elif isinstance(place, dict):
            index = step
            if not last and place.get(step) is None:
                place[step] = {}
        else:
            raise UserError(f"--set {override}: {here} is {kind_of(place)} and has no keys")
        if last:
            place[index] = value
        else:
            place = place[index]
