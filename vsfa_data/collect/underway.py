"""A shard whose addresses are being fetched: what has come of them, in how many pieces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

import pyarrow as pa

from vsfa_data import tables
from vsfa_data.stages import Shard

Found: TypeAlias = dict[str, bytes | str | None]
"""Columns of a candidate that take the place of its address: bytes, a file, or a reason."""

_COLUMNS: Final = ("path", "data", "reason", "detail")


def addresses(shard: Shard) -> dict[int, str]:
    """The addresses of a shard by the positions of their candidates."""
    if shard.candidates is None:
        return {}
    listed = zip(*(shard.candidates[name].to_pylist() for name in ("position", "url")), strict=True)
    return {position: url for position, url in listed if url is not None}


@dataclass
class UnderWay:
    """A shard and how many of its addresses are not done.

    `images` has what was found at addresses and is in no piece yet, `rejects` the reasons of
    others, by the candidate's position. `last` is the position of the shard's last candidate.
    """

    shard: Shard
    left: int
    images: dict[int, Found] = field(default_factory=dict)
    rejects: dict[int, Found] = field(default_factory=dict)
    pieces: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        listed = self.shard.candidates
        self._table = tables.CANDIDATES.empty() if listed is None else listed
        self._positions: list[int] = self._table["position"].to_pylist()
        self.last = self._positions[-1]

    def put(self, position: int, found: Found) -> None:
        """Note what came of an address."""
        (self.images if found.get("reason") is None else self.rejects)[position] = found
        self.left -= 1

    def piece(self, put_at: Path) -> Shard:
        """All images that are in no piece yet, as one; what becomes of them is put at `put_at`."""
        chosen = [row for row, position in enumerate(self._positions) if position in self.images]
        positions = [self._positions[row] for row in chosen]
        table = _with(self._table.take(chosen), positions, self.images)
        self.images, self.pieces = {}, (*self.pieces, put_at)
        return Shard(self.shard.index, candidates=table, put_at=put_at)

    def completed(self) -> Shard:
        """The shard with what came of its addresses; images of early pieces are in `put_by`."""
        table = _with(self._table, self._positions, self.images | self.rejects)
        return Shard(self.shard.index, candidates=table, put_by=self.pieces)


def overtaken(shards: Iterable[UnderWay], least: int, before: int | None) -> UnderWay | None:
    """A shard with `least` images or more that ends before the position `before`, if given."""
    for one in shards:
        if len(one.images) >= least and (before is None or one.last < before):
            return one
    return None


def _with(table: pa.Table, positions: Sequence[int], found: Mapping[int, Found]) -> pa.Table:
    """`table`, whose rows are the candidates at `positions`, with what was found of them."""
    for name in _COLUMNS:
        values = table[name].to_pylist()
        for row, position in enumerate(positions):
            values[row] = found.get(position, {}).get(name, values[row])
        place = tables.CANDIDATES.names.index(name)
        kind = table.schema.field(place)
        table = table.set_column(place, kind, pa.array(values, kind.type))
    return table
