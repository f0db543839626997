"""What all sources of a recipe offer, in the recipe's order: the input of collect."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsfa_data import parts
from vsfa_data.collect.source import Source

if TYPE_CHECKING:
    from vsfa_data.recipe import Recipe


def candidates(recipe: Recipe) -> Iterator[dict[str, Any]]:
    """Rows of `tables.CANDIDATES`, lazily; `position` runs on from source to source.

    Raises UserError if a source cannot be listed.
    """
    position = 0
    for name, source in _sources(recipe):
        for found in source.iterate():
            yield {
                "position": position,
                "source": name,
                "source_ref": _valid(found.source_ref),
                "license": _valid(found.license),
                "license_url": _valid(found.license_url),
                "attribution": _valid(found.attribution),
                "title": _valid(found.title),
                "path": None if found.path is None else os.fsencode(found.path),
                "data": found.data,
                "url": _valid(found.url),
                "reason": found.reason,
                "detail": _valid(found.detail),
            }
            position += 1


def snapshot(recipe: Recipe) -> str:
    """Digest of what `candidates` would list, without reading any image."""
    digest = hashlib.sha256()
    for name, source in _sources(recipe):
        digest.update(f"{name}={source.snapshot()}\n".encode())
    return digest.hexdigest()


def length(recipe: Recipe) -> int | None:
    """Number of candidates, or None if a source cannot tell."""
    total = 0
    for _, source in _sources(recipe):
        known = source.length()
        if known is None:
            return None
        total += known
    return total


def roots(recipe: Recipe) -> tuple[Path, ...]:
    """Local folders that the sources read, absolute and free of links, in the recipe's order."""
    return tuple(root for _, source in _sources(recipe) for root in source.roots())


def _sources(recipe: Recipe) -> Iterator[tuple[str, Source]]:
    for options in recipe.collect.sources:
        yield options.source, parts.load("sources", options.source)(options, recipe.collect.fetch)


def _valid(text: str | None) -> str | None:
    """`text` without the lone surrogates that JSON may hold and UTF-8 may not."""
    return None if text is None else text.encode("utf-8", "replace").decode("utf-8")
