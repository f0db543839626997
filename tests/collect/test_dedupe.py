from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.collect.recipes import of_folder
from vsfa_data import tables
from vsfa_data.collect.dedupe import DedupeStage
from vsfa_data.stages import Output, Shard


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def images(*rows: tuple[str, int], licenses: Sequence[str | None] = ()) -> pa.Table:
    """IMAGES with the columns that count: what the picture is, its position, and its licence."""
    return tables.IMAGES.build(
        dict.fromkeys(tables.IMAGES.names)
        | {"image_id": sha(what), "position": position, "source_ref": f"ref {position}"}
        | {"image": b"", "format": "png", "width": 1, "height": 1, "phash": "0" * 16}
        | {"source": "test", "license": license_}
        for (what, position), license_ in itertools.zip_longest(rows, licenses)
    )


def dedupe(make_shard: Callable[..., Shard], *shards: pa.Table) -> list[Output]:
    made = [make_shard(index, images=table) for index, table in enumerate(shards)]
    return list(DedupeStage(of_folder("images")).process(made))


def rows(output: Output) -> list[tuple[str, int]]:
    assert output.counted == output.rows.num_rows + output.rejects.num_rows
    assert output.rows.schema == tables.UNIQUE.schema
    return [(row["image_id"], row["position"]) for row in output.rows.to_pylist()]


def duplicate(what: str, position: int, first: int) -> dict[str, Any]:
    return tables.reject(
        "collect",
        "duplicate",
        image_id=sha(what),
        source_ref=f"ref {position}",
        detail=f"the same as ref {first}",
    )


def test_first_image_stays_across_shards(make_shard: Callable[..., Shard]) -> None:
    first, second, third = dedupe(
        make_shard,
        images(("a", 0), ("b", 1), ("a", 2)),
        images(("b", 3), ("c", 4)),
        images(("a", 5), ("d", 6), ("c", 7)),
    )
    assert rows(first) == [(sha("a"), 0), (sha("b"), 1)]
    assert rows(second) == [(sha("c"), 4)]
    assert rows(third) == [(sha("d"), 6)]
    assert first.rejects.to_pylist() == [duplicate("a", 2, 0)]
    assert second.rejects.to_pylist() == [duplicate("b", 3, 1)]
    assert third.rejects.to_pylist() == [duplicate("a", 5, 0), duplicate("c", 7, 4)]


def test_the_strictest_licence_stays_and_others_are_told(make_shard: Callable[..., Shard]) -> None:
    licenses = (None, "CC0-1.0", "CC-BY-NC-4.0", "cc-by-nc-4.0", "CC-BY-NC-3.0")
    first, second = dedupe(
        make_shard,
        images(("a", 0), ("a", 1), ("a", 2), ("a", 3), ("a", 4), licenses=licenses),
        images(("b", 5), ("b", 6), licenses=("MIT", "Apache-2.0")),
    )
    assert (rows(first), rows(second)) == ([(sha("a"), 2)], [(sha("b"), 5)])
    told = [(row["reason"], row["detail"]) for row in first.rejects.to_pylist()]
    assert told == [
        ("duplicate", "the same as ref 2"),
        ("license_conflict", "CC0-1.0; the same as ref 2, which is CC-BY-NC-4.0"),
        ("duplicate", "the same as ref 2"),
        ("license_conflict", "CC-BY-NC-3.0; the same as ref 2, which is CC-BY-NC-4.0"),
    ]
    (row,) = second.rejects.to_pylist()
    assert (row["source_ref"], row["reason"]) == ("ref 6", "license_conflict")


def test_files_of_one_name_in_two_sources_are_told_apart(make_shard: Callable[..., Shard]) -> None:
    table = images(("a", 0), ("a", 1), licenses=("CC0-1.0", "MIT"))
    at = table.schema.get_field_index("source_ref")
    same = table.set_column(at, table.schema.field(at), pa.array(["a.png", "a.png"]))
    (output,) = dedupe(make_shard, same)
    (row,) = output.rejects.to_pylist()
    assert row["detail"] == "CC0-1.0; the same as a.png of another source, which is MIT"


def test_position_decides_not_the_order_of_shards(make_shard: Callable[..., Shard]) -> None:
    first, second = dedupe(make_shard, images(("a", 9), ("a", 8)), images(("a", 3)))
    assert (rows(first), rows(second)) == ([], [(sha("a"), 3)])
    assert first.rejects.to_pylist() == [duplicate("a", 9, 3), duplicate("a", 8, 3)]


def test_digests_that_end_in_zeros_differ(
    make_shard: Callable[..., Shard], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        f"{__name__}.sha", lambda text: text * 62 + {"1": "00", "2": "01"}.get(text, "00")
    )
    (output,) = dedupe(make_shard, images(("1", 0), ("2", 1), ("0", 2), ("1", 3)))
    assert [position for _, position in rows(output)] == [0, 1, 2]


def test_empty_shards_and_none_at_all(make_shard: Callable[..., Shard]) -> None:
    assert dedupe(make_shard) == []
    outputs = dedupe(make_shard, images(), images(("a", 0)), images())
    assert [rows(output) for output in outputs] == [[], [(sha("a"), 0)], []]


def test_pictures_are_not_read(
    make_shard: Callable[..., Shard], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[str] = set()
    usual = pq.ParquetFile.read

    def read(file: pq.ParquetFile, columns: list[str], **options: Any) -> pa.Table:
        asked.update(columns)
        return usual(file, columns, **options)

    monkeypatch.setattr(pq.ParquetFile, "read", read)
    dedupe(make_shard, images(("a", 0), ("a", 1)))
    assert asked == {"image_id", "position", "source_ref", "license"}


def test_no_setting_changes_what_a_duplicate_is() -> None:
    assert DedupeStage(of_folder("images", max_side_px=99)).settings() == {}
