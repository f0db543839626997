from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vsfa_data.collect import parquet
from vsfa_data.collect.lines import MAX_CELL


def test_rows_of_any_plain_kind(tmp_path: Path) -> None:
    moment = dt.datetime(2026, 1, 2, 3, 4)  # noqa: DTZ001 Parquet has such
    columns = {
        "text": pa.array(["a" * MAX_CELL, None]),
        "view": pa.array(["b", None], pa.string_view()),
        "bytes": pa.array([b"\xff", None], pa.large_binary()),
        "few": pa.array(["c", None]).dictionary_encode(),
        "number": pa.array([1, None]),
        "time": pa.array([moment, None], pa.timestamp("ms")),
        "none": pa.nulls(2),
        "others": pa.array([["not asked for"], []]),
    }
    pq.write_table(pa.table(columns), tmp_path / "x.parquet")
    wanted = [name for name in parquet.names(tmp_path / "x.parquet") if name != "others"]
    first, second = parquet.rows(tmp_path / "x.parquet", wanted)
    values = ("a" * MAX_CELL, "b", b"\xff", "c", 1, moment, None)
    assert first == dict(zip(wanted, values, strict=True))
    assert second == dict.fromkeys(wanted)


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.string_view(), pa.binary(), pa.dictionary(pa.int32(), pa.string())]
)
def test_a_megabyte_said_in_each_row_is_never_written_out(
    tmp_path: Path, kind: pa.DataType
) -> None:
    path, row = tmp_path / "x.parquet", pa.scalar("A" * (MAX_CELL + 1)).cast(pa.string())
    texts = pa.DictionaryArray.from_arrays(
        pa.array([0, 1, 1, None], pa.int32()), ["a", row.as_py()]
    )
    given = texts if pa.types.is_dictionary(kind) else texts.cast(pa.string()).cast(kind)
    pq.write_table(pa.table({"url": given}), path, compression="zstd")
    assert path.stat().st_size < 3_000
    told = "rows 1 to 4 has more than 131,072 bytes in the column 'url'"
    with pytest.raises(ValueError, match=told):
        next(parquet.rows(path, ["url"]))


@pytest.mark.parametrize(
    "given", [pa.array([["a"]]), pa.array([{"a": 1}]), pa.array([b"ab"], pa.binary(2))]
)
def test_what_is_no_text_at_all_is_not_read(tmp_path: Path, given: pa.Array) -> None:
    pq.write_table(pa.table({"url": given}), tmp_path / "x.parquet")
    with pytest.raises(ValueError, match=r"its column 'url' holds .*, not text"):
        next(parquet.rows(tmp_path / "x.parquet", ["url"]))
