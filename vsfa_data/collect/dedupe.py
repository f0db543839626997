"""Collect's second stage: of images with the same bytes, the first one collected stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from vsfa_data import tables
from vsfa_data.stages import GlobalStage, Output, Shard

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class DedupeStage(GlobalStage):
    """Keeps the image with the lowest position for each image_id.

    Reads:  images (image_id, position, source_ref)
    Writes: tables.UNIQUE
    Drops:  duplicate
    Memory: about a hundred bytes an image, and the references of those that have duplicates.
    """

    name = "dedupe"
    step = "collect"
    version = 1
    reads = (tables.IMAGES,)
    writes = tables.UNIQUE

    def settings(self) -> dict[str, Any]:
        """Nothing in the recipe changes what a duplicate is."""
        return {}

    def process(self, shards: Sequence[Shard]) -> Iterator[Output]:
        """Which images of each shard stay; the rest name the one that stands for them."""
        stays, keeper = _keepers(shards)
        references = _references(shards, keeper[~stays])
        start = 0
        for shard in shards:
            images = shard.read(tables.IMAGES, ["image_id", "position", "source_ref"]).to_pylist()
            here = slice(start, start + len(images))
            start += len(images)
            rows, rejects = [], []
            for image, stay, first in zip(images, stays[here], keeper[here], strict=True):
                if stay:
                    rows.append({name: image[name] for name in self.writes.names})
                else:
                    detail = f"the same as {references[int(first)]}"
                    rejects.append(
                        self.reject(
                            "duplicate",
                            image_id=image["image_id"],
                            source_ref=image["source_ref"],
                            detail=detail,
                        )
                    )
            yield Output(
                self.writes.build(rows), tables.REJECTS.build(rejects), len(rows) + len(rejects)
            )


def _keepers(shards: Sequence[Shard]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """For each image of all shards in turn: whether it stays, and the position that does."""
    import numpy as np

    digests, positions = [np.empty(0, "S32")], [np.empty(0, np.int64)]
    for shard in shards:
        read = shard.read(tables.IMAGES, ["image_id", "position"])
        raw = b"".join(map(bytes.fromhex, read["image_id"].to_pylist()))
        digests.append(np.frombuffer(raw, "S32"))
        positions.append(read["position"].to_numpy())
    digest, position = np.concatenate(digests), np.concatenate(positions)
    del digests, positions
    order = np.lexsort((position, digest))
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = digest[order[1:]] != digest[order[:-1]]
    stays = np.empty_like(is_first)
    stays[order] = is_first
    keeper = np.empty_like(position)
    keeper[order] = position[order[is_first]][np.cumsum(is_first) - 1]
    return stays, keeper


def _references(shards: Sequence[Shard], positions: NDArray[np.int64]) -> dict[int, str]:
    """source_ref of the images at `positions`."""
    import numpy as np

    wanted, found = np.unique(positions), {}
    for shard in shards if len(wanted) else ():
        read = shard.read(tables.IMAGES, ["position", "source_ref"])
        hits = np.flatnonzero(np.isin(read["position"].to_numpy(), wanted))
        for row in read.take(hits).to_pylist():
            found[row["position"]] = row["source_ref"]
    return found
