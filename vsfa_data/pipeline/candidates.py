"""What the sources list, in shards: the input of the first stage."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from vsfa_data import tables
from vsfa_data.collect import listing
from vsfa_data.pipeline.under_way import UnderWay
from vsfa_data.stages import Shard
from vsfa_data.workspace import Counts, Preparation

SHARD_SIZES: Final = (8, 64)
"""Bounds of the automatic shard size: small sets still keep several workers busy, and a shard
of large pictures still fits into memory many times over."""


def ask_sources(build: UnderWay) -> None:
    """Have sources that must ask what there is do so, unless they were told already."""
    recipe, folder = build.job.recipe, build.workspace.work
    if build.job.relist:
        listing.list_anew(recipe, folder)
    if not (sources := listing.unlisted(recipe, folder)):
        return
    build.checked.require()
    build.watcher.started("list", Preparation("", "computed", ()), None)
    found = 0
    for images in itertools.chain.from_iterable(source.list_all() for source in sources):
        build.watcher.advanced(images)
        found += images
    build.watcher.ended("list", Counts(found, found, {}))


def in_shards(build: UnderWay) -> Iterator[Shard]:
    """Shards of candidates, as the sources list them."""
    cleaned: Counter[str] = Counter()
    candidates = itertools.islice(
        listing.candidates(build.job.recipe, build.workspace.work, cleaned),
        build.job.recipe.collect.limit,
    )
    # What is listed in tombstones has its place in a shard like any other.
    for index, rows in enumerate(listing.in_shards(candidates, shard_size(build))):
        offered = build.checked.tombstones.marked(rows)
        yield Shard(index, candidates=tables.CANDIDATES.build(offered))
    if said := "; ".join(_passed_over(build, cleaned)):
        build.watcher.noted(said)


def _passed_over(build: UnderWay, cleaned: Counter[str]) -> Iterator[str]:
    """What is no candidate, or no longer as its source has it."""
    if hidden := listing.hidden(build.job.recipe):
        yield f"hidden files and folders were passed over: {hidden}"
    if unlinked := cleaned.pop(listing.NO_ADDRESS, 0):
        yield f"{listing.NO_ADDRESS} (http, https) was left out: {unlinked}"
    if cleaned:
        told = ", ".join(f"{count} in {column}" for column, count in sorted(cleaned.items()))
        yield f"characters that cannot be seen were taken out of texts: {told}"


def shard_size(build: UnderWay) -> int:
    """Images in one shard: as the job says, or an eighth of all within SHARD_SIZES."""
    if build.job.shard_size is not None:
        return build.job.shard_size
    smallest, largest = SHARD_SIZES
    return max(smallest, min(largest, (length(build) or largest * 8) // 8))


def length(build: UnderWay) -> int | None:
    """How many candidates there are, or None if a source cannot tell."""
    listed = listing.length(build.job.recipe, build.workspace.work)
    limit = build.job.recipe.collect.limit
    known = [number for number in (listed, limit) if number is not None]
    return min(known) if known else None


class Counted:
    """Passes shards on and counts them: only the last one tells how many there are."""

    def __init__(self, shards: Iterable[Shard]) -> None:
        self._shards, self.seen = shards, 0

    def __iter__(self) -> Iterator[Shard]:
        for shard in self._shards:
            self.seen += 1
            yield shard
