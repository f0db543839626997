"""Packaging against pyarrow and `datasets` on the same rows; what a new version has to upload.

All have their files on the disk at the end, and join the rows in Python; `package` alone hashes.
`from_generator` makes one dataset, so each config has one, whose generator joins its own rows only.

Pictures are random bytes of the sizes that photographs have: nothing here decodes them.
"""

from __future__ import annotations

import functools
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.chunks import new_share
from benchmarks.packaging import funnel, quickstart, shards
from benchmarks.row import Row
from vsfa_data import tables
from vsfa_data.files.atomic import sync
from vsfa_data.recipe import Recipe
from vsfa_data.release import partfile, rows, splits
from vsfa_data.release.package import package
from vsfa_data.stages import Shard

SIZES = (1_000, 3_000, 8_000)
"""Card, charts and manifest cost the same for few pictures as for many."""
GROWING, MANY, SMALL_BYTES = 1_000, 100_000, 6_000
RUNS = 3


def measure() -> Iterator[Row]:
    """Rates, peak memory of 100,000 pictures, bytes of a version with 1% more."""
    for size in SIZES:
        yield from _rates(size)
    peak, seconds = _peak_mb(MANY)
    yield Row(f"package, peak memory, {MANY:,} pictures", peak, 1_000, "MB", "<= 1")
    yield Row(f"package, {MANY:,} small pictures", MANY / seconds, 1_000, "images/s", ">= 1")
    for what, share in _growth():
        yield Row(f"1% more pictures, bytes to upload, {what}", share, 1.0, "share", "<= 0.05")


def _rates(number: int) -> Iterator[Row]:
    """Megabytes of pictures a second, of ours and of what others would use."""
    with tempfile.TemporaryDirectory() as place:
        made = shards(Path(place), pictures(number))
        # In turn, so that what else the machine does strikes all of them.
        runs = [
            [_seconds(run, made, Path(place)) for run in (_package, _pyarrow, _datasets, _alike)]
            for _ in range(RUNS)
        ]
    megabytes = sum(map(len, pictures(number))) / 1e6
    for at, clock in enumerate(("by the clock", "processor time")):
        ours, *peers = (megabytes / min(run[who][at] for run in runs) for who in range(4))
        names = ("pyarrow alone", "from_generator", "pyarrow alone, written with the same options")
        for name, peer, goal in zip(names, peers, (">= 0.8", ">= 2", ">= 0"), strict=True):
            yield Row(f"package / {name}, {number:,} pictures, {clock}", ours, peer, "MB/s", goal)


def pictures(number: int, seed: int = 0, median_bytes: int = 110_000) -> Iterator[bytes]:
    """The same bytes at every call; sizes from a third to three times the median."""
    chosen = random.Random(seed)  # noqa: S311 no secret
    for _ in range(number):
        yield b"\xff\xd8\xff" + chosen.randbytes(int(median_bytes * 3 ** chosen.uniform(-1, 1)))


def _seconds(
    run: Callable[[list[Shard], Path], None], made: list[Shard], folder: Path
) -> tuple[float, float]:
    """By the clock, and of processors."""
    with tempfile.TemporaryDirectory(dir=folder) as target:
        _recipe()  # which no peer has
        began = time.perf_counter(), time.process_time()
        run(made, Path(target))
        if run is not _package:  # which does so itself
            for file in Path(target).glob("*.parquet"):
                sync(file)
        return time.perf_counter() - began[0], time.process_time() - began[1]


@functools.cache
def _recipe() -> Recipe:
    return quickstart()


def _package(made: list[Shard], target: Path) -> None:
    files = [shard.files[tables.SELECTION.name] for shard in made]
    number = sum(pq.read_metadata(file).num_rows for file in files)
    package(_recipe(), made, funnel(number), {}, target / "release")


def _joined(
    made: list[Shard], only: str | None = None
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Config, split and row, as a user would join the tables: in plain Python.

    `only` that config: what belongs to another one does not become a row of Python's.
    """
    shares = _recipe().release.splits
    for shard in made:
        selected = shard.read(tables.SELECTION).to_pylist()
        known = {row["image_id"]: row for row in selected if only in (None, row["config"])}
        for table in (tables.CAPTIONS, tables.SCORES):
            for row in _of(known, shard.read(table)):
                known[row["image_id"]].update(row)
        for pair in _of(known, shard.read(tables.PAIRS)):
            known[pair["image_id"]].setdefault("qa", []).append(pair)
        images = shard.read(tables.IMAGES)
        for batch in images.to_batches():
            pictures = batch["image"]
            for number, image in enumerate(batch.drop_columns("image").to_pylist()):
                if image["image_id"] not in known:
                    continue
                row = image | known[image["image_id"]]
                row["image"] = {"bytes": pictures[number].as_py(), "path": None}
                row["messages"] = rows.conversation(row["qa"])
                row["qa"] = [{name: pair[name] for name in rows.PAIR} for pair in row["qa"]]
                split = splits.split_at(splits.draw(0, row["image_id"]), shares)
                yield row["config"], split, {name: row[name] for name in rows.SCHEMA.names}


def _of(known: Mapping[str, Any], table: pa.Table) -> list[dict[str, Any]]:
    """Rows of the images that are known."""
    return [row for row in table.to_pylist() if row["image_id"] in known]


def _alike(made: list[Shard], target: Path) -> None:
    """As `_pyarrow`, with the options of a release: content-defined pages, pictures as they are."""
    _pyarrow(made, target, **partfile.options(rows.SCHEMA))


def _pyarrow(made: list[Shard], target: Path, **options: Any) -> None:
    """Rows into the same six files, a hundred a row group, and nothing else: no hash, no card."""
    pending: dict[tuple[str, str], list[dict[str, Any]]] = {}
    writers: dict[tuple[str, str], pq.ParquetWriter] = {}
    schema = rows.features().arrow_schema

    def write(where: tuple[str, str]) -> None:
        if where not in writers:
            file = target / f"{where[0]}-{where[1]}.parquet"
            writers[where] = pq.ParquetWriter(file, schema, **options)
        writers[where].write_table(pa.Table.from_pylist(pending.pop(where), schema=schema))

    for config, split, row in _joined(made):
        where = (config, split)
        pending.setdefault(where, []).append(row)
        if len(pending[where]) == 100:
            write(where)
    for where in list(pending):
        write(where)
    for writer in writers.values():
        writer.close()


def _datasets(made: list[Shard], target: Path) -> None:
    """As a user of `datasets` would, pictures embedded, a file for each config."""
    from datasets import Dataset

    for config in ("threat", "control"):
        dataset = Dataset.from_generator(
            _of_config,
            features=rows.features(),
            cache_dir=str(target / "cache"),
            gen_kwargs={"config": config, "made": made},
        )
        dataset.to_parquet(target / f"{config}.parquet")


def _of_config(config: str, made: list[Shard]) -> Iterator[dict[str, Any]]:
    return (row for _, _, row in _joined(made, config))


def _peak_mb(number: int) -> tuple[float, float]:
    """Peak resident memory and seconds of packaging, in a process of its own."""
    script = "from benchmarks.package import alone; alone()"
    command = [sys.executable, "-c", script, str(number)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(said[0]), float(said[1])


def alone() -> None:
    """Package that many small pictures; print peak memory in MB and seconds."""
    number = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as place:
        # Made in another process: what it needs is not what packaging needs.
        made = _made_elsewhere(Path(place), number)
        began = time.perf_counter()
        package(quickstart(), made, funnel(number), {}, Path(place) / "release")
        seconds = time.perf_counter() - began
    # Not `ru_maxrss`, which a process takes over from the one that started it.
    peak_kib = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
    print(peak_kib * 1_024 / 1e6, seconds)


def _made_elsewhere(folder: Path, number: int) -> list[Shard]:
    script = (
        "import pickle, sys; from pathlib import Path\n"
        "from benchmarks.package import pictures; from benchmarks.packaging import shards\n"
        "made = shards(Path(sys.argv[1]), pictures(int(sys.argv[2]), 0, int(sys.argv[3])))\n"
        "(Path(sys.argv[1]) / 'shards').write_bytes(pickle.dumps(made))"
    )
    command = [sys.executable, "-c", script, str(folder), str(number), str(SMALL_BYTES)]
    subprocess.run(command, check=True)
    import pickle

    found: list[Shard] = pickle.loads((folder / "shards").read_bytes())  # noqa: S301 our own
    return found


def _growth() -> Iterator[tuple[str, float]]:
    """Share of a release's bytes that a version with 1% more pictures, all over it, has anew."""
    for median_bytes in (110_000, SMALL_BYTES):
        old = list(pictures(GROWING, 0, median_bytes))
        new = list(old)
        chosen = random.Random(2)  # noqa: S311 no secret
        for picture in pictures(GROWING // 100, 1, median_bytes):
            new.insert(chosen.randrange(len(new)), picture)
        with tempfile.TemporaryDirectory() as place:
            first = _version(Path(place, "old"), old, "1.0.0")
            told = {
                "knowing the last version": {"previous": str(first)},
                "not knowing it": {},
            }
            for name, given in told.items():
                by_chunk, by_file = new_share(
                    first, _version(Path(place, name.replace(" ", "-")), new, "1.1.0", **given)
                )
                size = f"{median_bytes // 1000} kB pictures, {name}"
                yield f"content-defined chunks, {size}", by_chunk
                yield f"whole files (plain LFS), {size}", by_file


def _version(folder: Path, listed: list[bytes], version: str, **release: Any) -> Path:
    folder.mkdir()
    made = shards(folder, listed)
    recipe = quickstart(**release).model_copy(update={"version": version})
    return package(recipe, made, funnel(len(listed)), {}, folder / "release").path
