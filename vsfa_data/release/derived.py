"""Whether `text` and `mixed` are what the rows of `threat` make of them. Nothing is trusted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from vsfa_data.release.configs import BASE, HALF_OF_MIXED, MIXED, TEXT, as_text
from vsfa_data.release.fingerprint import canonical
from vsfa_data.release.manifest import Manifest
from vsfa_data.release.markdown import one_line
from vsfa_data.release.rows import Row


class Derived:
    """Takes the rows of `threat` and `text` in any order; some 400 bytes a row, 0 without them."""

    def __init__(self, made: Manifest | None) -> None:
        self._counts = made.counts() if made else {}
        self._due: dict[str, bytes] = {}
        self._seen: dict[str, bytes] = {}
        self._lent = {
            name: split
            for (config, split), held in (made.splits() if made else {}).items()
            if config == MIXED
            for name in held.files
        }
        self._mixed: set[str] = set()

    def lent(self, name: str) -> Iterator[tuple[str, str]]:
        """The split of `mixed` that a file is part of, if it is."""
        if name in self._lent:
            yield MIXED, self._lent[name]

    def base(self, row: Row, config: str, split: str) -> None:
        """A row with a picture."""
        if TEXT in self._counts and config == BASE:
            self._due[row["image_id"]] = _mark(split, as_text(row))

    def take(self, row: Row, split: str) -> Iterator[str]:
        """A row of `text`; what is wrong with it by itself."""
        if row["image_id"] in self._seen:
            yield "its image_id is in this config already"
        self._seen[row["image_id"]] = _mark(split, row)

    def mix(self, name: str, row: Row) -> Iterator[str]:
        """A row of a file that `mixed` lists, or may list; what is wrong with it there."""
        if name in self._lent:
            if row["image_id"] in self._mixed:
                yield f"{MIXED} has this conversation twice"
            self._mixed.add(row["image_id"])

    def problems(self) -> Iterator[str]:
        """What is wrong as a whole, once all rows have been taken."""
        for image_id in sorted(self._due.keys() | self._seen.keys()):
            if self._due.get(image_id) != self._seen.get(image_id):
                where = f"{TEXT}: {one_line(image_id)}"
                yield f"{where}: is not what its row in {BASE} makes of it, split by split"
        if self._counts.get(MIXED, self._counts.get(BASE)) != self._counts.get(BASE):
            yield f"{MIXED}: has not as many rows in each split as {BASE}"
        for name, split in self._lent.items():
            if not any(name.startswith(f"{config}/{split}-") for config in HALF_OF_MIXED):
                yield f"{MIXED}/{split}: lists {one_line(name)}, which is no file of that split"


def _mark(split: str, row: Row) -> bytes:
    return split.encode() + hashlib.sha256(canonical(row)).digest()
