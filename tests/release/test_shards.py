from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.release.samples import drawn
from vsfa_data.release import rows, shards
from vsfa_data.release.background import Background
from vsfa_data.release.manifest import describe
from vsfa_data.release.partfile import leaves
from vsfa_data.release.shards import SplitWriter, names


def row(number: int, data: bytes | None = None) -> dict[str, Any]:
    known: dict[str, Any] = {
        "image": {"bytes": drawn(number) if data is None else data, "path": None},
        "image_id": f"{number:064x}",
        "messages": rows.conversation([{"question": "Q?", "answer": f"A {number}."}]),
        "qa": [],
        "labels": ["a"],
        "concept_score": 0.25,
        "threat_score": 0.5,
        "width": 32,
        "height": 24,
    }
    return {name: known.get(name) for name in rows.SCHEMA.names}


def split_writer(folder: Path) -> tuple[SplitWriter, Background]:
    background = Background()
    schema, disk = rows.features().arrow_schema, ThreadPoolExecutor(1)
    return SplitWriter(folder / "train", schema, background, disk), background


def finished(writer: SplitWriter, background: Background, folder: Path) -> list[Path]:
    writer.close()
    background.finish()
    background.stop()
    assert [part.described for part in writer.parts] == [describe(p.path) for p in writer.parts]
    for part in writer.parts:
        part.settle()
    called = names("train", len(writer.parts))
    return [part.path.rename(folder / to) for part, to in zip(writer.parts, called, strict=True)]


def write(folder: Path, count: int, size: int | None = None) -> list[Path]:
    writer, background = split_writer(folder)
    for number in range(count):
        writer.add(row(number, bytes([number % 256]) * size if size else None))
    assert writer.digest.rows == count
    return finished(writer, background, folder)


def groups_of(path: Path) -> list[int]:
    metadata = pq.read_metadata(path)
    return [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)]


def test_row_groups_have_about_100_rows(tmp_path: Path) -> None:
    (path,) = write(tmp_path, 250)
    assert path.name == "train-00000-of-00001.parquet"
    read = pq.ParquetFile(path)
    # Rows 88 and 176 are drawn to be the last of their group: their numbers are multiples of 8.
    assert groups_of(path) == [89, 88, 73]
    assert read.read().to_pylist() == [row(number) for number in range(250)]


def test_row_groups_and_files_are_bounded_in_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "MAX_GROUP_BYTES", 100_000)
    monkeypatch.setattr(shards, "MAX_FILE_BYTES", 200_000)
    paths = write(tmp_path, 14, size=30_000)
    assert [path.name for path in paths] == [f"train-0000{n}-of-00003.parquet" for n in range(3)]
    assert sorted(tmp_path.iterdir()) == paths
    metadata = [pq.read_metadata(path) for path in paths]
    groups = [[m.row_group(n).num_rows for n in range(m.num_row_groups)] for m in metadata]
    assert groups == [[3, 3], [3, 3], [2]]
    read = [r for path in paths for r in pq.read_table(path).column("image_id").to_pylist()]
    assert read == [f"{n:064x}" for n in range(14)]


def test_a_picture_larger_than_a_row_group_has_one_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "MAX_GROUP_BYTES", 1000)
    (path,) = write(tmp_path, 3, size=5000)
    assert pq.ParquetFile(path).num_row_groups == 3


def test_how_columns_are_stored(tmp_path: Path) -> None:
    (path,) = write(tmp_path, 3)
    read = pq.ParquetFile(path)
    group = read.metadata.row_group(0)
    columns = {c.path_in_schema: c for c in (group.column(n) for n in range(group.num_columns))}
    assert set(columns) == {
        leaf for field in rows.SCHEMA for leaf in leaves(field.name, field.type)
    }
    assert columns["image.bytes"].compression == "UNCOMPRESSED"
    assert not columns["image.bytes"].is_stats_set
    assert {c.compression for n, c in columns.items() if n != "image.bytes"} == {"SNAPPY"}
    assert columns["messages.list.element.content"].is_stats_set
    assert columns["image_id"].has_column_index
    assert read.schema_arrow.equals(rows.SCHEMA)
    metadata = read.schema_arrow.metadata
    assert b'"image": {"_type": "Image"}' in metadata[b"huggingface"]
    assert b"content_defined_chunking" in read.metadata.metadata


def test_equal_rows_make_equal_bytes(tmp_path: Path) -> None:
    (one,) = write(tmp_path / "one", 120)
    (two,) = write(tmp_path / "two", 120)
    assert one.read_bytes() == two.read_bytes()


def test_abandoning_closes_the_file_and_finishes_nothing(tmp_path: Path) -> None:
    writer, background = split_writer(tmp_path)
    for number in range(101):
        writer.add(row(number))
    background.finish()
    background.stop()
    writer.abandon()
    del writer
    (left,) = tmp_path.iterdir()
    assert left.name == "train-00000.part"
    assert not left.read_bytes().endswith(b"PAR1")


def test_a_row_more_changes_its_own_group_and_no_other(tmp_path: Path) -> None:
    both = []
    for extra in (False, True):
        folder = tmp_path / str(extra)
        writer, background = split_writer(folder)
        for number in range(600):
            writer.add(row(number, b"x" * 100 + str(number).encode()))
            if extra and number == 150:
                writer.add(row(5001, b"new"))
        both.append(finished(writer, background, folder)[0])
    tables = [
        [pq.ParquetFile(path).read_row_group(n) for n in range(len(groups_of(path)))]
        for path in both
    ]
    assert [a.equals(b) for a, b in zip(*tables, strict=True)] == [n != 1 for n in range(7)]


def test_nearly_every_picture_is_a_page_of_its_own(tmp_path: Path) -> None:
    (path,) = write(tmp_path, 40, size=30_000)
    data = path.read_bytes()
    starts = [data.index(bytes([number]) * 30_000) for number in range(40)]
    # Behind the picture before: a page's header and the length of this one, not that length alone.
    gaps = [later - before - 30_000 for before, later in pairwise(starts)]
    assert all(gap > 20 for gap in gaps)
