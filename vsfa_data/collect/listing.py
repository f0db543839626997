"""What all sources of a recipe offer, in the recipe's order: the input of collect."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from vsfa_data import parts
from vsfa_data.collect import cleaning, licensing
from vsfa_data.collect.source import Source

if TYPE_CHECKING:
    from vsfa_data.recipe import Recipe


_CLEAN: Final = {
    "source_ref": cleaning.reference,
    "license": cleaning.text,
    "license_url": cleaning.address,
    "attribution": cleaning.text,
    "title": cleaning.text,
    "page_url": cleaning.address,
    "detail": cleaning.reference,
}
"""Column -> what becomes of a text in it."""
NO_ADDRESS: Final = "license_url that is no web address"
"""What `candidates` counts addresses as that it leaves out."""
_PLAIN: Final = frozenset({"folder", "archive", "urls", "openverse", "commons", "diffusion"})
"""Sources that have no use for pandas, which Arrow then need not look for: 0.4 seconds."""
_CREDITS: Final = ("license", "license_url", "attribution", "title", "page_url")
WAYS: Final = ("path", "data", "url", "made_from", "maker")
"""Columns that lead to the image of a candidate; nothing does where there is a reason."""
MAX_TEXT: Final = 10_000
"""Characters in a title, a licence or an author, at most. They are published as they are, in a list
that spreadsheets (32,767 characters a cell) and CSV readers (Python's: 131,072) should open."""
SHARD_BYTES: Final = 64 * 2**20
"""Bytes of images that come with their candidates, from which a shard takes no further one: the
listing process and each worker hold several shards, and each of them some copies."""


def candidates(
    recipe: Recipe, folder: Path | None = None, cleaned: Counter[str] | None = None
) -> Iterator[dict[str, Any]]:
    """Rows of `tables.CANDIDATES`, lazily; `position` runs on from source to source.

    What strangers wrote is freed from characters that cannot be seen (cleaning.py); `cleaned`
    counts the texts that were changed by that, by column. Licences are then read (licensing.py).

    Raises UserError if a source cannot be listed.
    """
    position = 0
    for number, (name, source) in enumerate(sources(recipe, folder)):
        for found in source.iterate():
            texts = {column: clean(getattr(found, column)) for column, clean in _CLEAN.items()}
            if cleaned is not None:
                cleaned.update(c for c, text in texts.items() if text != getattr(found, c))
            link = texts["license_url"]
            texts["license"], texts["license_url"] = licensing.told(texts["license"], link)
            if cleaned is not None and link and texts["license_url"] is None:
                cleaned[NO_ADDRESS] += 1
            row = {
                "position": position,
                "source": name,
                **texts,
                "path": None if found.path is None else os.fsencode(found.path),
                "data": found.data,
                "url": _valid(found.url),
                "made_from": found.made_from,
                "maker": None if found.made_from is None else number,
                "reason": found.reason,
            }
            if not found.reason:
                row |= _without_endless(texts) or _unlicensed(row, recipe)
            yield row
            position += 1


def _unlicensed(row: dict[str, Any], recipe: Recipe) -> dict[str, Any]:
    """What changes in a candidate that nobody need fetch to reject it; or nothing.

    What need not be fetched is looked at first: that it is no picture is the better reason.
    """
    if row["url"] is None or row["license"] is not None or recipe.collect.keep_unlicensed:
        return {}
    return {"url": None, "reason": "license_unknown"}


def _without_endless(texts: dict[str, str | None]) -> dict[str, str | None]:
    """What changes in a candidate of which a text is longer than anybody could use; or nothing."""
    endless = [name for name in _CREDITS if len(texts[name] or "") > MAX_TEXT]
    if not endless:
        return {}
    no = {"reason": "bad_metadata", "detail": f"'{endless[0]}': more than {MAX_TEXT} characters"}
    return dict.fromkeys((*WAYS, *endless)) | no


def in_shards(rows: Iterable[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    """`rows` of `candidates`, `size` together, or fewer that hold SHARD_BYTES."""
    shard, held = list[dict[str, Any]](), 0
    for row in rows:
        shard.append(row)
        held += len(row["data"] or b"")
        if len(shard) == size or held >= SHARD_BYTES:
            yield shard
            shard, held = [], 0
    if shard:
        yield shard


def snapshot(recipe: Recipe, folder: Path | None = None) -> str:
    """Digest of what `candidates` would list, without reading any image."""
    digest = hashlib.sha256()
    for name, source in sources(recipe, folder):
        digest.update(f"{name}={source.snapshot()}\n".encode())
    return digest.hexdigest()


def length(recipe: Recipe, folder: Path | None = None) -> int | None:
    """Number of candidates, or None if a source cannot tell."""
    total = 0
    for _, source in sources(recipe, folder):
        known = source.length()
        if known is None:
            return None
        total += known
    return total


def hidden(recipe: Recipe) -> int:
    """How many hidden files and folders the sources pass over."""
    return sum(source.hidden() for _, source in sources(recipe))


def roots(recipe: Recipe) -> tuple[Path, ...]:
    """Local folders that the sources read, absolute and free of links, in the recipe's order."""
    return tuple(root for _, source in sources(recipe) for root in source.roots())


def unlisted(recipe: Recipe, folder: Path) -> list[Source]:
    """Sources that must be told what there is before they can list it."""
    return [source for _, source in sources(recipe, folder) if not source.is_listed()]


def is_plain(recipe: Recipe) -> bool:
    """Whether no source of the recipe may hand pandas' arrays to Arrow."""
    return {one.source for one in recipe.collect.sources} <= _PLAIN


def list_anew(recipe: Recipe, folder: Path) -> None:
    """Have every source forget what it was told."""
    for _, source in sources(recipe, folder):
        source.list_anew()


def sources(recipe: Recipe, folder: Path | None = None) -> Iterator[tuple[str, Source]]:
    """Name and source of each entry of the recipe; `folder` is that of the workspace's work."""
    for options in recipe.collect.sources:
        part = parts.load("sources", options.source)
        yield options.source, part(options, recipe.collect.fetch, folder)


def _valid(text: str | None) -> str | None:
    """`text` without the lone surrogates that JSON may hold and UTF-8 may not."""
    return None if text is None else text.encode("utf-8", "replace").decode("utf-8")
