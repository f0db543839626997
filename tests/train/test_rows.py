from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vsfa_data.errors import UserError
from vsfa_data.train.release import open_source
from vsfa_data.train.rows import Rows, copy

TURNS = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]


def written(tmp_path: Path, config: str = "threat", **columns: Any) -> Path:
    usual = {"image": [{"bytes": b"x", "path": None}], "image_id": ["a"], "messages": [TURNS]}
    folder = tmp_path / config
    folder.mkdir()
    given = {name: value for name, value in (usual | columns).items() if value is not None}
    pq.write_table(pa.table(given), folder / "train-00000-of-00001.parquet")
    return folder / "train-00000-of-00001.parquet"


def test_rows_are_those_of_the_release_in_any_order(pristine: Path, tmp_path: Path) -> None:
    files = open_source(str(pristine), "threat").files("train")
    listed = [row for file in files for row in pq.read_table(file).to_pylist()]
    assert copy(files, tmp_path / "rows") == len(listed)
    rows = Rows(tmp_path / "rows")
    for index in (len(listed) - 1, 0):
        assert rows[index].image == listed[index]["image"]["bytes"]
        assert list(rows[index].messages) == listed[index]["messages"]
    chosen = pickle.loads(pickle.dumps(Rows(tmp_path / "rows", [2, 0])))  # noqa: S301  # as workers do
    assert [one.image_id for one in chosen] == [listed[2]["image_id"], listed[0]["image_id"]]
    assert len(rows[1:3]) == 2


def test_only_the_wanted_rows_are_copied(pristine: Path, tmp_path: Path) -> None:
    files = open_source(str(pristine), "threat").files("train")
    assert copy(files, tmp_path / "two", range(2)) == 2
    assert copy(files, tmp_path / "rows", range(1000)) == len(Rows(tmp_path / "rows")) > 3
    every, two = (list(Rows(tmp_path / name)) for name in ("rows", "two"))
    assert two == every[:2]
    assert copy(files, tmp_path / "rows", {3, 1}) == 2
    assert list(Rows(tmp_path / "rows")) == [every[1], every[3]]


@pytest.mark.parametrize("image", [None, pa.nulls(1, pa.struct([("bytes", pa.binary())]))])
def test_text_only_conversations(tmp_path: Path, image: Any) -> None:
    copy([written(tmp_path, "text", image=image)], tmp_path / "rows")
    assert Rows(tmp_path / "rows")[0].image is None


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"image_id": None}, "has no column 'image_id'"),
        ({"messages": None}, "has no column 'messages'"),
        ({"image": None}, "has rows without a picture"),
        ({"image": ["a.png"]}, "is not of the type that a release has"),
        ({"messages": ["hello"]}, "is not of the type that a release has"),
        ({"messages": [TURNS[:1]]}, "do not alternate"),
        ({"messages": [TURNS[::-1]]}, "do not alternate"),
        ({"messages": [[TURNS[0], {"role": "assistant", "content": ""}]]}, "is empty"),
    ],
)
def test_what_is_no_conversation_is_refused(
    tmp_path: Path, columns: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message) as caught:
        copy([written(tmp_path, **columns)], tmp_path / "rows")
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "train.parquet").write_bytes(b"PAR1nonsense")
    with pytest.raises(UserError, match=r"cannot be read as Parquet"):
        copy([tmp_path / "train.parquet"], tmp_path / "rows")
