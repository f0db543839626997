"""Fetches what candidates have addresses for, ahead of the workers that decode it.

One fetcher serves all workers, in the parent process: limits per host then hold for the whole
build, and nothing is asked of a host twice. Shards that wait for slow hosts keep what has come
of them in memory up to a limit, and beyond it in files of the stage's folder; what has come goes
to the workers in pieces, so that they need not wait for hosts that hang.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import chain
from time import monotonic
from typing import TYPE_CHECKING, Final

from vsfa_data.collect import heap
from vsfa_data.collect.fetch import sniff
from vsfa_data.collect.rejected import Rejected
from vsfa_data.collect.spool import Spool
from vsfa_data.collect.underway import Found, UnderWay, addresses, overtaken
from vsfa_data.stages import Shard

if TYPE_CHECKING:
    from vsfa_data.collect.fetch.background import Background
    from vsfa_data.collect.fetch.order import Fetched
    from vsfa_data.recipe import CollectSection
    from vsfa_data.workspace import StageFolder

WINDOW: Final = 16_384
"""Addresses under way, about."""
MAX_HELD: Final = 65_536
"""Addresses of shards under way, about: a kilobyte each."""
MAX_SPOOLED: Final = 4 * 2**30
"""Bytes that wait anywhere, from which no further shard is begun; what is under way then comes
on top."""


LEAST: Final = 16
"""Images in an early piece, at least: each piece costs a file and a turn of a worker."""
LEAD: Final = 256
"""Addresses by which images of others must be ahead of a shard before it comes in pieces: where
all hosts answer, none is."""
IDLE_S: Final = 0.25
"""Time without an image after which pieces of any shard are passed on."""
END_IDLE_S: Final = 0.1
"""The same where all addresses are under way, and nothing is left to do but what they bring."""


@contextmanager
def fetched(
    shards: Iterable[Shard], section: CollectSection, folder: StageFolder
) -> Iterator[Iterator[Shard]]:
    """`shards` with bytes, a file or a reason for each address, in the order of completion.

    Those that wait for slow hosts come in pieces (see `Shard`).
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
        if addresses(shard):
            from vsfa_data.collect.fetch.background import Background

            heap.keep()
            with (
                heap.seldom_collecting(),
                Background(section.fetch, section.max_bytes) as web,
            ):
                yield from _Fetching(web, spool).passed(chain([shard], shards))
        else:
            yield shard


class _Fetching:
    """Shards under way."""

    def __init__(self, web: Background, spool: Spool) -> None:
        self._web, self._spool = web, spool
        self._open: dict[int, UnderWay] = {}  # by their index
        self._shard_of: dict[int, UnderWay] = {}  # by the position of each address not done
        self._held, self._furthest = 0, -1
        self._is_listed, self._image_at = False, monotonic()

    def passed(self, shards: Iterator[Shard]) -> Generator[Shard, None, None]:
        """Each shard as soon as it is complete, and pieces of those that wait for slow hosts."""
        for shard in self._passed(shards):
            yield shard
            self._image_at = monotonic()  # meanwhile, images have come that nobody looked at

    def _passed(self, shards: Iterator[Shard]) -> Iterator[Shard]:
        while not self._is_listed or self._open:
            is_full = self._is_listed or self._is_full()
            if not is_full:
                shard = next(shards, None)
                if shard is None:
                    self._is_listed = True
                elif urls := addresses(shard):
                    self._start(shard, urls)
                else:
                    yield shard
            # Neither a slow listing nor slow downloads keep the other waiting.
            yield from self._completed(wait=is_full)
            yield from self._early(self._furthest - LEAD)

    def _is_full(self) -> bool:
        return (
            self._web.under_way >= WINDOW
            or self._held >= MAX_HELD
            or self._spool.size >= MAX_SPOOLED
        ) and bool(self._open)

    def _start(self, shard: Shard, urls: dict[int, str]) -> None:
        under_way = self._open[shard.index] = UnderWay(shard, len(urls))
        self._shard_of |= dict.fromkeys(urls, under_way)
        self._held += len(urls)
        self._web.start(urls.items())

    def _completed(self, *, wait: bool) -> Iterator[Shard]:
        """Shards that one turn of taking what has come completes; a turn is a shard's worth."""
        for _ in range(64):
            if not self._web.under_way or not (wait or self._web.is_ready):
                return
            if self._is_idle():
                yield from self._early(None)  # nothing else to do
                if self._is_listed:
                    self._web.is_last()
            position, result = self._web.take()
            under_way = self._shard_of.pop(position)
            index = under_way.shard.index
            found = self._outcome(index, position, result)
            under_way.put(position, found)
            if found.get("reason") is None:  # dead hosts are found to be dead long beforehand
                self._furthest = max(self._furthest, position)
                self._image_at = monotonic()
            if not under_way.left:
                self._spool.sweep()
                self._held -= len(addresses(under_way.shard))
                del self._open[index]
                yield under_way.completed()

    def _is_idle(self) -> bool:
        """Whether no image has come for a while, and none is there; then that counts anew."""
        idle_s = END_IDLE_S if self._is_listed else IDLE_S
        left_s = self._image_at + idle_s - monotonic()
        if left_s > 0.0 and self._web.is_ready_within(left_s):
            return False
        self._image_at = monotonic()
        return True

    def _early(self, before: int | None) -> Iterator[Shard]:
        """Pieces of shards that wait, of those that end before the position `before` if given."""
        while under_way := overtaken(self._open.values(), LEAST, before):
            self._spool.sweep()
            yield under_way.piece(self._spool.piece(under_way.shard.index))

    def _outcome(self, index: int, position: int, result: Fetched | Rejected) -> Found:
        """The columns of a candidate that say what came of its address."""
        if not isinstance(result, Rejected):
            kind = result.media_type
            if kind.startswith("image/") or kind == sniff.UNKNOWN:
                return {**self._spool.put(index, position, result.data)}
            result = Rejected("not_an_image", kind)
        return {"reason": result.reason, "detail": result.detail}
