from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vsfa_data.collect.hub.loading import Rows, Wanted
from vsfa_data.errors import UserError


def wanted(folder: Path, split: str = "train") -> Wanted:
    return Wanted(str(folder), None, split, folder)


def test_only_the_columns_asked_for_and_words_for_classes(tmp_path: Path) -> None:
    from datasets import ClassLabel, Dataset, Features, Value

    kind = Features({"n": Value("int64"), "kind": ClassLabel(names=["MIT", "ISC"])})
    made = Dataset.from_dict({"n": [1, 2, 3], "kind": [0, 1, 0]}, features=kind)
    made.to_parquet(tmp_path / "train.parquet")
    rows = Rows(wanted(tmp_path), ["kind"])
    assert list(rows) == [{"kind": 0}, {"kind": 1}, {"kind": 0}]
    assert rows.names == {"kind": ["MIT", "ISC"]}
    with pytest.raises(UserError, match="has no column 'x'; it has n, kind"):
        Rows(wanted(tmp_path), ["x"])


def test_a_column_that_only_the_rows_can_tell(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text('{"a": "x"}\n')
    assert list(Rows(wanted(tmp_path), ["a"])) == [{"a": "x"}]
    with pytest.raises(UserError, match="has no column 'b'; it has a"):
        list(Rows(wanted(tmp_path), ["b"]))


def test_data_that_break_off(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": ["x"] * 100_000}), tmp_path / "train.parquet", compression="none")
    with (tmp_path / "train.parquet").open("r+b") as file:
        file.seek(4)
        file.write(b"\xff" * 64)
    rows = iter(Rows(wanted(tmp_path), ["a"]))
    with pytest.raises(UserError, match="it cannot be read"):
        list(rows)


def test_how_rows_name_their_dataset(tmp_path: Path) -> None:
    assert wanted(tmp_path / "set").reference == "set"
    assert Wanted("a/b", None, "train", commit="0123").reference == "a/b@0123"
    assert Wanted("a/b", None, "train", commit="0123").files.start == "hf://datasets/a/b@0123/"
