"""Takes images out of collect's shards when they are listed, and lets them in when no longer.

Only shards that hold such an image are touched: an image that is taken out costs no other one a
new download. What was taken out and is listed no more has to be collected anew, with its shard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from vsfa_data import tables
from vsfa_data.collect.tombstones import REASON, Tombstones, last
from vsfa_data.files.canonical_json import digest
from vsfa_data.files.parquet import read_shard
from vsfa_data.stages import Output
from vsfa_data.workspace import StageFolder

_PART: Final = re.compile(r"part-(\d+)\.parquet")


@dataclass(frozen=True)
class Forgotten:
    """What came of it: which images are out, as a digest (empty: none), and whether that is new."""

    key: str
    is_changed: bool


def reconcile(folder: StageFolder, listed: Tombstones) -> Forgotten:
    """Make the finished shards in `folder` what they would be, had they been made with `listed`.

    May be interrupted anywhere and done again. Shards that must be collected anew are deleted; one
    that is interrupted while it is written anew has to be as well.
    """
    if (shards := folder.finished()) is not None:
        noted = folder.note("forgotten")
        if noted is not None and folder.note("tombstones") == listed.key:
            return Forgotten(noted, is_changed=False)
        folder.finish(shards)  # what was noted is no longer so from here on
    is_changed, out = False, list[str]()
    for index in _indices(folder):
        references, has_changed = _shard(folder, index, listed)
        is_changed = is_changed or has_changed
        out += references
    return Forgotten(digest(sorted(out)) if out else "", is_changed)


def settle(folder: StageFolder, shards: int, listed: Tombstones) -> str:
    """`reconcile` a finished stage of so many shards, and note it. Returns `Forgotten.key`."""
    forgotten = reconcile(folder, listed)
    folder.finish(shards, tombstones=listed.key, forgotten=forgotten.key)
    return forgotten.key


def find(folder: StageFolder, reference: str) -> list[tuple[str, str]]:
    """image_id and source_ref of each collected image that `reference`, one of both, means."""
    return [
        (row["image_id"], row["source_ref"])
        for index in _indices(folder)
        for row in _kept(folder, index).to_pylist()
        if reference in row.values()
    ]


def collected(folder: StageFolder) -> list[tuple[str, str, str]]:
    """image_id, source_ref and perceptual hash of each collected image."""
    names = ["image_id", "source_ref", "phash"]
    shards = (read_shard(folder.rows(index), names) for index in _indices(folder))
    return [tuple(row[name] for name in names) for shard in shards for row in shard.to_pylist()]


def _shard(folder: StageFolder, index: int, listed: Tombstones) -> tuple[list[str], bool]:
    """References of what is out of one shard now, and whether the shard has changed."""
    rejects = read_shard(folder.rejects(index)).to_pylist()
    before = [row for row in rejects if row["reason"] == REASON]
    if not all(listed.holds(row["image_id"], row["source_ref"]) for row in before):
        folder.drop(index)
        return [], True
    kept = _kept(folder, index).to_pylist()
    hits = [listed.holds(row["image_id"], row["source_ref"]) for row in kept]
    gone = [_reject(row, listed) for row, hit in zip(kept, hits, strict=True) if hit]
    after = [_reject(row, listed) if _is_out(row, listed) else row for row in rejects]
    out = [str(row["source_ref"]) for row in (*after, *gone) if row["reason"] == REASON]
    if not gone and after == rejects:
        return out, False
    images = read_shard(folder.rows(index))
    rows = images.filter(pa.array([not hit for hit in hits], pa.bool_()))
    merged = tables.REJECTS.build(last([*after, *gone]))
    folder.drop(index)
    folder.write(index, Output(rows, merged, len(kept) + len(rejects)))
    return out, True


def _is_out(row: Mapping[str, Any], listed: Tombstones) -> bool:
    """Whether what was rejected counts as listed: its reference tells, or its picture did."""
    return row["reason"] == REASON or row["source_ref"] in listed.references


def _reject(row: Mapping[str, Any], listed: Tombstones) -> dict[str, str | None]:
    """What is listed by its reference is never normalised, so that its id is not known."""
    is_named = row["source_ref"] in listed.references
    image_id = None if is_named else row["image_id"]
    return tables.reject("collect", REASON, image_id=image_id, source_ref=row["source_ref"])


def _kept(folder: StageFolder, index: int) -> pa.Table:
    return read_shard(folder.rows(index), ["image_id", "source_ref"])


def _indices(folder: StageFolder) -> Iterator[int]:
    """Numbers of the finished shards, in order."""
    found = (_PART.fullmatch(path.name) for path in folder.path.glob("part-*.parquet"))
    return filter(folder.has, sorted(int(match[1]) for match in found if match))
