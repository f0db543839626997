import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.release.samples import drawn
from vsfa_data.release import inspection, rows
from vsfa_data.release.inspection import Inspection, row_problems

QA = {
    "question": "Q?",
    "answer": "A.",
    "family": "object",
    "template_id": "object/0",
    "template_version": "1.0.0",
    "answer_source": "labels",
}


def row(number: int, **changes: Any) -> dict[str, Any]:
    data = drawn(number)
    made = dict.fromkeys(rows.SCHEMA.names) | {
        "image": {"bytes": data, "path": None},
        "image_id": hashlib.sha256(data).hexdigest(),
        "messages": rows.conversation([QA]),
        "qa": [QA],
        "caption": "A blade.",
        "concept": "blades",
        "source": "folder",
        "width": 32,
        "height": 24,
        "cluster_id": f"cluster {number}",
    }
    return made | changes


def inspect(folder: Path, *splits: list[dict[str, Any]]) -> Inspection:
    """Inspect `splits`, named train, validation, test, of the config threat."""
    found = Inspection()
    schema = rows.features().arrow_schema
    for name, listed in zip(("train", "validation", "test"), splits, strict=False):
        pq.write_table(pa.Table.from_pylist(listed, schema=schema), folder / f"{name}.parquet")
        found.split(folder, "threat", name, [f"{name}.parquet"])
    return found


def test_sound_rows(tmp_path: Path) -> None:
    found = inspect(tmp_path, [row(0), row(1)], [row(2)])
    assert found.problems == []
    assert found.tally.pairs == {"threat": 3}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"image_id": "0" * 64}, "image_id is not the sha256 of the picture"),
        ({"width": 33}, "the picture is 32 x 24, not 33 x 24"),
        ({"messages": []}, "messages and qa are not the same conversation"),
        (
            {"image": {"bytes": drawn(0), "path": "/home/x.png"}},
            "the picture names a file of somebody's machine",
        ),
        ({"qa": [], "messages": []}, "messages and qa are not the same conversation"),
        ({"image": None}, "image is missing"),
        ({"image": {"bytes": None, "path": "x.png"}}, "image.bytes is missing"),
        ({"qa": [QA | {"answer": None}]}, "part of qa is missing"),
        ({"qa": [None]}, "part of qa is missing"),
        ({"cluster_id": None}, "cluster_id is missing"),
        ({"height": None}, "height is missing"),
        ({"caption": None}, "caption is missing"),
    ],
)
def test_what_can_be_wrong_with_a_row(
    tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    found = inspect(tmp_path, [row(1), row(0, **changes)])
    assert found.problems == [f"train.parquet: row 1: {problem}"]


def test_a_picture_that_is_none() -> None:
    data = b"<svg/>"
    made = row(0, image={"bytes": data, "path": None}, image_id=hashlib.sha256(data).hexdigest())
    (problem,) = row_problems(made)
    assert problem.startswith("the picture cannot be decoded (cannot identify image file")


def test_twice_the_same_image_and_a_cluster_in_two_splits(tmp_path: Path) -> None:
    found = inspect(
        tmp_path,
        [row(0), row(0)],
        [row(1, cluster_id="cluster 0"), row(2)],
    )
    assert found.problems == [
        "train.parquet: row 1: its image_id has been published already",
        "validation.parquet: row 0: its near-duplicate cluster is in train too",
    ]


def test_partners(tmp_path: Path) -> None:
    one, two, three = row(0), row(1), row(2)
    one["match_id"], two["match_id"] = "f" * 64, three["image_id"]
    found = inspect(tmp_path, [one, two], [three])
    assert list(found.unmatched()) == [
        f"threat/train-*: {one['image_id']}: match_id names no partner of it",
        f"threat/train-*: {two['image_id']}: match_id names no partner of it",
    ]


def test_many_problems_are_counted(tmp_path: Path) -> None:
    found = inspect(tmp_path, [row(n, width=1) for n in range(9)])
    assert len(found.problems) == 6
    assert found.problems[-1] == "threat/train-*: 4 more like these"


@pytest.mark.parametrize("kind", ["garbage", "columns", "metadata", "nan", "group"])
def test_files_that_cannot_be_read(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "train.parquet"
    table = pa.Table.from_pylist([row(0)], schema=rows.features().arrow_schema)
    if kind == "garbage":
        path.write_bytes(b"PAR1" + b"\x00" * 50 + b"PAR1")
    elif kind == "columns":
        pq.write_table(table.drop_columns(["phash"]), path)
    elif kind == "metadata":
        pq.write_table(table.replace_schema_metadata({}), path)
    elif kind == "nan":
        pq.write_table(
            pa.Table.from_pylist([row(0, threat_score=float("nan"))], table.schema), path
        )
    else:
        pq.write_table(table, path)
        monkeypatch.setattr(inspection, "MAX_GROUP_BYTES", 10)
    found = Inspection()
    assert found.split(tmp_path, "threat", "train", ["train.parquet"]) is None
    (problem,) = found.problems
    expected = {
        "garbage": "train.parquet: ",
        "columns": "train.parquet: its columns are not those of a release",
        "metadata": "train.parquet: it lacks the 'huggingface' metadata",
        "nan": "train.parquet: Out of range float values are not JSON compliant",
        "group": "train.parquet: row group 0 has ",
    }
    assert problem.startswith(expected[kind])
