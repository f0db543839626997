"""Fetches what candidates have addresses for, ahead of the workers that decode it.

One fetcher serves all workers, in the parent process: limits per host then hold for the whole
build, and nothing is asked of a host twice. What has come lies in files of the stage's folder
until its shard is finished, so that memory does not grow while a shard waits for a slow host.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from vsfa_data import tables
from vsfa_data.collect.fetch import sniff
from vsfa_data.collect.fetch.background import Background
from vsfa_data.collect.fetch.order import Fetched
from vsfa_data.collect.rejected import Rejected
from vsfa_data.stages import Shard
from vsfa_data.workspace import StageFolder, writing

if TYPE_CHECKING:
    from vsfa_data.recipe import CollectSection

WINDOW: Final = 4096
"""Addresses under way, about."""
MAX_HELD: Final = 65_536
"""Candidates of shards under way, about: a kilobyte each."""
MAX_SPOOLED: Final = 4 * 2**30
"""Bytes in files from which shards that wait for slow hosts hold new ones up; what is under way
then comes on top."""


@contextmanager
def fetched(
    shards: Iterable[Shard], section: CollectSection, folder: StageFolder
) -> Iterator[Iterator[Shard]]:
    """`shards` with a file or a reason for each address, in whatever order they are complete.

    To be left when the last of them has been processed: the files are then deleted. `shards`
    are read ahead of what is passed on.
    """
    spool = _Spool(folder)
    try:
        with closing(_passed(iter(shards), section, spool)) as passed:
            yield passed
    finally:
        spool.clear()


def _passed(
    shards: Iterator[Shard], section: CollectSection, spool: _Spool
) -> Generator[Shard, None, None]:
    """As `fetched`; no thread is started for shards without addresses."""
    for shard in shards:
        if _addresses(shard):
            with Background(section.fetch, section.max_bytes) as web:
                yield from _Fetching(web, spool).passed(chain([shard], shards))
        else:
            yield shard


def _addresses(shard: Shard) -> int:
    """How many candidates have an address."""
    table = shard.candidates
    return 0 if table is None else int(table.num_rows - table["url"].null_count)


@dataclass
class _Open:
    """A shard under way: its candidates by position, and how many addresses are not done."""

    index: int
    rows: dict[int, dict[str, Any]]
    left: int


class _Fetching:
    """Shards under way."""

    def __init__(self, web: Background, spool: _Spool) -> None:
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
                elif _addresses(shard):
                    self._start(shard)
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

    def _start(self, shard: Shard) -> None:
        listed = tables.CANDIDATES.empty() if shard.candidates is None else shard.candidates
        rows = {row["position"]: row for row in listed.to_pylist()}
        urls = [(place, row["url"]) for place, row in rows.items() if row["url"] is not None]
        under_way = _Open(shard.index, rows, len(urls))
        self._open |= dict.fromkeys((place for place, _ in urls), under_way)
        self._held += len(rows)
        self._web.start(urls)

    def _completed(self, *, wait: bool) -> Iterator[Shard]:
        """Shards that one turn of taking what has come completes; a turn is a shard's worth."""
        for _ in range(64):
            if not self._web.under_way or not (wait or self._web.is_ready):
                return
            position, result = self._web.take()
            under_way = self._open.pop(position)
            self._settle(under_way, position, result)
            if not under_way.left:
                self._spool.sweep()
                self._held -= len(under_way.rows)
                yield Shard(
                    under_way.index, candidates=tables.CANDIDATES.build(under_way.rows.values())
                )

    def _settle(self, under_way: _Open, position: int, result: Fetched | Rejected) -> None:
        row = under_way.rows[position]
        under_way.left -= 1
        if isinstance(result, Fetched):
            kind = result.media_type
            if kind.startswith("image/") or kind == sniff.UNKNOWN:
                row["path"] = self._spool.put(under_way.index, position, result.data)
                return
            result = Rejected("not_an_image", kind)
        row["reason"], row["detail"] = result.reason, result.detail


@dataclass
class _Files:
    """The files of one shard."""

    paths: list[Path] = field(default_factory=list)
    size: int = 0


class _Spool:
    """Images in files of a stage's folder until their shard is finished.

    A build that was killed leaves some behind; the next one deletes them, as the workspace does
    with all temporary files.
    """

    def __init__(self, folder: StageFolder) -> None:
        self._folder, self._shards = folder, dict[int, _Files]()
        self.size = 0
        """Bytes in all files."""

    def put(self, index: int, position: int, data: bytes) -> bytes:
        """Path (as os.fsencode) of a new file that holds `data`, of shard `index`."""
        path = self._folder.path / f".tmp-{os.getpid()}-{position}.fetched"
        files = self._shards.get(index)
        if files is None:
            files = self._shards[index] = _Files()
        files.paths.append(path)
        files.size += len(data)
        self.size += len(data)
        with writing(path):
            path.write_bytes(data)
        return os.fsencode(path)

    def clear(self) -> None:
        """Delete all files."""
        for index in tuple(self._shards):
            self._delete(index)

    def sweep(self) -> None:
        """Delete the files of finished shards."""
        for index in [index for index in self._shards if self._folder.has(index)]:
            self._delete(index)

    def _delete(self, index: int) -> None:
        files = self._shards.pop(index)
        self.size -= files.size
        for path in files.paths:
            path.unlink(missing_ok=True)
