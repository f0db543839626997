"""The shards of one stage: each is two files, and exists once both are there."""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from vsfa_data.errors import CountError, WorkspaceError
from vsfa_data.files.atomic import write_both_atomically, writing
from vsfa_data.files.canonical_json import canonical
from vsfa_data.files.parquet import as_parquet, read_shard, without_pictures
from vsfa_data.stages import Output

WRITERS: Final = 8
"""Shards that a global stage writes at a time."""


@dataclass(frozen=True)
class Counts:
    """How many units of a stage went in, were kept, were rejected for which reason."""

    counted: int
    kept: int
    rejected: Mapping[str, int]


class ShardFolder:
    """Where the shards of one stage lie."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self, index: int) -> Path:
        """File of the rows of shard `index`."""
        return self.path / f"part-{index:05d}.parquet"

    def rejects(self, index: int) -> Path:
        """File of what was rejected in shard `index`."""
        return self.path / f"rejects-{index:05d}.parquet"

    def has(self, index: int) -> bool:
        """Whether shard `index` is finished: rejects are written first, rows last."""
        return self.rows(index).exists() and self.rejects(index).exists()

    def write(self, index: int, output: Output) -> None:
        """Write a shard unless it is there. Raises CountError if `output` lost or gained rows."""
        kept, rejected = output.rows.num_rows, output.rejects.num_rows
        if output.counted != kept + rejected:
            raise CountError(
                f"{self.path.name}, shard {index}: {output.counted} went in, but {kept} were kept "
                f"and {rejected} rejected"
            )
        if not self.has(index):
            self.drop(index)  # rows that lost their rejects must not pass for those of others
            rejects, rows = as_parquet(output.rejects), as_parquet(output.rows)
            write_both_atomically(self.rejects(index), rejects, self.rows(index), rows)

    def write_all(self, outputs: Iterable[tuple[int, Output]]) -> Iterator[int]:
        """Write shards as `write` does, and give what each had counted once it is there.

        WRITERS of them wait for the disk at a time, which takes longer than making them.
        """
        under_way: deque[tuple[Future[None], int]] = deque()
        with ThreadPoolExecutor(WRITERS) as threads:
            for index, output in outputs:
                under_way.append((threads.submit(self.write, index, output), output.counted))
                if len(under_way) == WRITERS:
                    yield _once_there(*under_way.popleft())
            while under_way:
                yield _once_there(*under_way.popleft())

    def drop(self, index: int) -> None:
        """Delete shard `index`, rows first: without them it is not finished."""
        with writing(self.path):
            self.rows(index).unlink(missing_ok=True)
            self.rejects(index).unlink(missing_ok=True)

    def counts(self, shards: Iterable[int]) -> Counts:
        """Counts over finished shards, read from the data files themselves."""
        kept, rejected = 0, Counter[str]()
        try:
            for index in shards:
                kept += int(pq.read_metadata(self.rows(index)).num_rows)
                reasons = read_shard(self.rejects(index), ["reason"])
                rejected.update(reasons.column("reason").to_pylist())
        except (pa.ArrowInvalid, OSError) as error:
            raise WorkspaceError(
                f"{self.path} holds a damaged shard ({error}). Delete that folder and run the "
                f"same command again"
            ) from error
        return Counts(kept + rejected.total(), kept, dict(sorted(rejected.items())))

    def first_rejects(self, shards: Iterable[int], most: int) -> list[tuple[str, str]]:
        """`source_ref` and reason of the first rejects, at most so many."""
        found: list[tuple[str, str]] = []
        for index in shards:
            rows = read_shard(self.rejects(index), ["source_ref", "reason"]).to_pylist()
            found += [(row["source_ref"] or "", row["reason"]) for row in rows]
            if len(found) >= most:
                break
        return found[:most]

    def all_rejects(self, shards: Iterable[int]) -> Iterator[dict[str, str | None]]:
        """`source_ref`, reason and detail of each reject."""
        for index in shards:
            yield from read_shard(
                self.rejects(index), ["source_ref", "reason", "detail"]
            ).to_pylist()

    def content(self, shards: Iterable[int]) -> str:
        """Digest of the rows of finished shards; a picture is in it by its image_id.

        It tells a stage that reads them whether they are those it read before: a shard that was
        deleted and made anew, or edited, need not be.
        """
        found = hashlib.sha256()
        for index in shards:
            path = self.rows(index)
            names = without_pictures(pq.read_schema(path))
            if names is None:
                found.update(hashlib.sha256(path.read_bytes()).digest())
            else:
                found.update(
                    hashlib.sha256(canonical(read_shard(path, names).to_pylist())).digest()
                )
        return found.hexdigest()


def _once_there(written: Future[None], counted: int) -> int:
    written.result()
    return counted
