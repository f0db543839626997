"""Fetches what candidates have addresses for, ahead of the workers that decode it.

One fetcher serves all workers, in the parent process: limits per host then hold for the whole
build, and nothing is asked of a host twice. Shards that wait for slow hosts keep what has come
of them in memory up to a limit, and beyond it in files of the stage's folder.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from vsfa_data import tables
from vsfa_data.collect.fetch import sniff
from vsfa_data.collect.rejected import Rejected
from vsfa_data.collect.spool import Spool
from vsfa_data.stages import Shard

if TYPE_CHECKING:
    from vsfa_data.collect.fetch.background import Background
    from vsfa_data.collect.fetch.order import Fetched
    from vsfa_data.recipe import CollectSection
    from vsfa_data.workspace import StageFolder

WINDOW: Final = 4096
"""Addresses under way, about."""
MAX_HELD: Final = 65_536
"""Addresses of shards under way, about: a kilobyte each."""
MAX_SPOOLED: Final = 4 * 2**30
"""Bytes that wait anywhere, from which no further shard is begun; what is under way then comes
on top."""


@contextmanager
def fetched(
    shards: Iterable[Shard], section: CollectSection, folder: StageFolder
) -> Iterator[Iterator[Shard]]:
    """`shards` with bytes, a file or a reason for each address, in the order of completion.

    To be left when the last of them has been processed: the files are then deleted. `shards`
    are read ahead of what is passed on.
    """
    spool = Spool(folder)
    try:
        with closing(_passed(iter(shards), section, spool)) as passed:
            yield passed
    finally:
        spool.clear()


def _passed(
    shards: Iterator[Shard], section: CollectSection, spool: Spool
) -> Generator[Shard, None, None]:
    """As `fetched`; no thread is started for shards without addresses."""
    for shard in shards:
        if _addresses(shard):
            from vsfa_data.collect.fetch.background import Background

            with Background(section.fetch, section.max_bytes) as web:
                yield from _Fetching(web, spool).passed(chain([shard], shards))
        else:
            yield shard


def _addresses(shard: Shard) -> dict[int, str]:
    """The addresses of a shard by the positions of their candidates."""
    if shard.candidates is None:
        return {}
    listed = zip(*(shard.candidates[name].to_pylist() for name in ("position", "url")), strict=True)
    return {position: url for position, url in listed if url is not None}


@dataclass
class _Open:
    """A shard under way: what came of its addresses so far, and how many are not done.

    `found` has the columns that take the place of the address, by the candidate's position.
    """

    index: int
    table: pa.Table
    left: int
    found: dict[int, dict[str, bytes | str | None]] = field(default_factory=dict)

    def completed(self) -> Shard:
        """The shard with what came of its addresses."""
        table = self.table
        positions = table["position"].to_pylist()
        for name in ("path", "data", "reason", "detail"):
            values = table[name].to_pylist()
            for row, position in enumerate(positions):
                values[row] = self.found.get(position, {}).get(name, values[row])
            place = tables.CANDIDATES.names.index(name)
            kind = table.schema.field(place)
            table = table.set_column(place, kind, pa.array(values, kind.type))
        return Shard(self.index, candidates=table)


class _Fetching:
    """Shards under way."""

    def __init__(self, web: Background, spool: Spool) -> None:
        self._web, self._spool = web, spool
        self._open: dict[int, _Open] = {}  # by the position of each address that is not done
        self._held = 0

    def passed(self, shards: Iterator[Shard]) -> Generator[Shard, None, None]:
        """Each shard as soon as it is complete."""
        has_more = True
        while has_more or self._open:
            is_full = not has_more or self._is_full()
            if not is_full:
                shard = next(shards, None)
                if shard is None:
                    has_more = False
                elif urls := _addresses(shard):
                    self._start(shard, urls)
                else:
                    yield shard
            # Neither a slow listing nor slow downloads keep the other waiting.
            yield from self._completed(wait=is_full)

    def _is_full(self) -> bool:
        return (
            self._web.under_way >= WINDOW
            or self._held >= MAX_HELD
            or self._spool.size >= MAX_SPOOLED
        ) and bool(self._open)

    def _start(self, shard: Shard, urls: dict[int, str]) -> None:
        self._open |= dict.fromkeys(urls, _Open(shard.index, shard.candidates, len(urls)))
        self._held += len(urls)
        self._web.start(urls.items())

    def _completed(self, *, wait: bool) -> Iterator[Shard]:
        """Shards that one turn of taking what has come completes; a turn is a shard's worth."""
        for _ in range(64):
            if not self._web.under_way or not (wait or self._web.is_ready):
                return
            position, result = self._web.take()
            under_way = self._open.pop(position)
            under_way.found[position] = self._outcome(under_way.index, position, result)
            under_way.left -= 1
            if not under_way.left:
                self._spool.sweep()
                self._held -= len(under_way.found)
                yield under_way.completed()

    def _outcome(
        self, index: int, position: int, result: Fetched | Rejected
    ) -> dict[str, bytes | str | None]:
        """The columns of a candidate that say what came of its address."""
        if not isinstance(result, Rejected):
            kind = result.media_type
            if kind.startswith("image/") or kind == sniff.UNKNOWN:
                return {**self._spool.put(index, position, result.data)}
            result = Rejected("not_an_image", kind)
        return {"reason": result.reason, "detail": result.detail}
