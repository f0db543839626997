"""The model that checks a recipe: its sections, with the options of the parts that it names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import create_model

from vsfa_data import parts
from vsfa_data.errors import UserError
from vsfa_data.recipe.caption import CaptionSection
from vsfa_data.recipe.collect import CollectSection, SourceSection
from vsfa_data.recipe.filter import FilterSection
from vsfa_data.recipe.recipe import Recipe
from vsfa_data.sections import Section


def model_for(data: Mapping[str, Any], origin: str) -> type[Recipe]:
    """`Recipe` with the options of the parts that `data` names."""
    fields: dict[str, Any] = {}
    for step, base, key, kind in (
        ("filter", FilterSection, "encoder", "encoders"),
        ("caption", CaptionSection, "captioner", "captioners"),
    ):
        section = data.get(step)
        name = section.get(key) if isinstance(section, Mapping) else None
        fields[step] = (with_options(base, kind, name, f"{origin}: {step}.{key}"), ...)
    collect = data.get("collect")
    listed = collect.get("sources") if isinstance(collect, Mapping) else None
    if isinstance(listed, list) and listed:
        kinds = [
            with_options(
                SourceSection,
                "sources",
                entry.get("source") if isinstance(entry, Mapping) else None,
                f"{origin}: collect.sources.{number}.source",
            )
            for number, entry in enumerate(listed)
        ]
        sources: Any = tuple.__class_getitem__(tuple(kinds))
        fields["collect"] = (
            create_model("CollectSection", __base__=CollectSection, sources=(sources, ...)),
            ...,
        )
    return create_model("Recipe", __base__=Recipe, **fields)


def with_options(base: type[Section], kind: str, name: Any, where: str) -> type[Section]:
    """`base` with the options of the part `name`. Raises UserError, beginning with `where`."""
    if not isinstance(name, str):
        return base
    try:
        part = parts.load(kind, name)
    except UserError as error:
        raise UserError(f"{where}: {error}") from None
    return create_model(base.__name__, __base__=(base, part.Options))
