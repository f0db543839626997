"""Collect's second stage: of the same picture one stays, that with the strictest licence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from vsfa_data import tables
from vsfa_data.stages import GlobalStage, Output, Shard
from vsfa_data.words.license_class import strictness

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_COLUMNS: Final = ("image_id", "position", "source_ref", "license")


class DedupeStage(GlobalStage):
    """Keeps one image for each image_id: of those with the strictest licence the first one.

    Reads:  images (image_id, position, source_ref, license)
    Writes: tables.UNIQUE
    Drops:  duplicate; license_conflict, if both licences are known and not the same
    Sources that contradict each other cannot both be right, and the terms of the stricter licence
    are within those of the other. A licence that is known goes before none.
    Memory: about a hundred bytes an image, and the references of those that have duplicates.
    """

    name = "dedupe"
    step = "collect"
    version = 3
    reads = (tables.IMAGES,)
    writes = tables.UNIQUE

    def settings(self) -> dict[str, Any]:
        """Nothing in the recipe changes what a duplicate is."""
        return {}

    def process(self, shards: Sequence[Shard]) -> Iterator[Output]:
        """Which images of each shard stay; the rest name the one that stands for them."""
        stays, keeper = _keepers(shards)
        known = _known(shards, keeper[~stays])
        start = 0
        for shard in shards:
            images = shard.read(tables.IMAGES, _COLUMNS).to_pylist()
            here = slice(start, start + len(images))
            start += len(images)
            rows, rejects = [], []
            for image, stay, first in zip(images, stays[here], keeper[here], strict=True):
                if stay:
                    rows.append({name: image[name] for name in self.writes.names})
                else:
                    rejects.append(self._rejected(image, known[int(first)]))
            yield Output(
                self.writes.build(rows), tables.REJECTS.build(rejects), len(rows) + len(rejects)
            )

    def _rejected(self, image: Mapping[str, Any], kept: tuple[str, str | None]) -> dict[str, Any]:
        """The row of an image for which `kept`, a reference and its licence, stands."""
        reference, licensed = kept
        # A source has no reference twice, but two folders may have files of the same name.
        elsewhere = " of another source" if reference == image["source_ref"] else ""
        reason, detail = "duplicate", f"the same as {reference}{elsewhere}"
        own = image["license"]
        if own and licensed and own.casefold() != licensed.casefold():
            reason, detail = "license_conflict", f"{own}; {detail}, which is {licensed}"
        of = {name: image[name] for name in ("image_id", "source_ref")}
        return self.reject(reason, **of, detail=detail)


def _keepers(shards: Sequence[Shard]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """For each image of all shards in turn: whether it stays, and the position that does."""
    import numpy as np

    digests, positions = [np.empty(0, "S32")], [np.empty(0, np.int64)]
    ranks, rank = [np.empty(0, np.int8)], cache(strictness)
    for shard in shards:
        read = shard.read(tables.IMAGES, ["image_id", "position", "license"])
        raw = b"".join(map(bytes.fromhex, read["image_id"].to_pylist()))
        digests.append(np.frombuffer(raw, "S32"))
        positions.append(read["position"].to_numpy())
        ranks.append(np.array([-rank(name) for name in read["license"].to_pylist()], np.int8))
    digest, position = np.concatenate(digests), np.concatenate(positions)
    del digests, positions
    order = np.lexsort((position, np.concatenate(ranks), digest))
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = digest[order[1:]] != digest[order[:-1]]
    stays = np.empty_like(is_first)
    stays[order] = is_first
    keeper = np.empty_like(position)
    keeper[order] = position[order[is_first]][np.cumsum(is_first) - 1]
    return stays, keeper


def _known(
    shards: Sequence[Shard], positions: NDArray[np.int64]
) -> dict[int, tuple[str, str | None]]:
    """source_ref and licence of the images at `positions`."""
    import numpy as np

    wanted, found = np.unique(positions), {}
    for shard in shards if len(wanted) else ():
        read = shard.read(tables.IMAGES, _COLUMNS[1:])
        hits = np.flatnonzero(np.isin(read["position"].to_numpy(), wanted))
        for row in read.take(hits).to_pylist():
            found[row["position"]] = (row["source_ref"], row["license"])
    return found
