from __future__ import annotations

import io
import json
import shutil
import threading
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vsfa_data.errors import UserError
from vsfa_data.release.contents import COLUMNS, Folder, read
from vsfa_data.release.rows import SCHEMA

TRAIN = "threat/train-00000-of-00001.parquet"


def test_every_row_once_and_no_picture(pristine: Path) -> None:
    found = read(Folder(pristine, "here"))
    counts = found.made.counts()
    assert {config: len(rows) for config, rows in found.rows.items()} == {
        config: sum(splits.values()) for config, splits in counts.items()
    }
    assert {*COLUMNS, "image", "image_id"} == set(SCHEMA.names)
    assert found.schema["image_id"] == "string"
    for config, rows in found.rows.items():
        for split, count in counts[config].items():
            assert sum(mark.split == split for mark in rows.values()) == count
    row = pq.read_table(pristine / TRAIN, columns=["image_id", "license", "concept"]).to_pylist()[0]
    mark = found.rows["threat"][row["image_id"]]
    assert (mark.license, mark.concept) == (row["license"] or "unknown", row["concept"])


def test_a_row_tells_which_columns_changed(pristine: Path) -> None:
    rows = read(Folder(pristine, "here")).rows["threat"]
    one, other = list(rows.values())[:2]
    assert list(one.changed(one)) == []
    assert {"source_ref", "phash", "qa", "messages"} <= set(one.changed(other))
    assert "width" not in set(one.changed(one))


def test_what_cannot_be_read(release: Path) -> None:
    (release / TRAIN).write_bytes(b"PAR1")
    with pytest.raises(UserError, match=rf"^here: {TRAIN} cannot be read .*vsfa-data verify here"):
        read(Folder(release, "here"))
    (release / TRAIN).unlink()
    with pytest.raises(UserError, match="listed in the manifest but missing"):
        read(Folder(release, "here"))
    (release / TRAIN).symlink_to("/dev/zero")
    with pytest.raises(UserError, match="listed in the manifest but missing"):
        read(Folder(release, "here"))
    (release / TRAIN).parent.rename(release / "other")
    (release / TRAIN).parent.symlink_to(release / "other")
    with pytest.raises(UserError, match="listed in the manifest but missing"):
        read(Folder(release, "here"))


def test_a_footer_with_any_damage_ends_in_one_line(release: Path) -> None:
    whole, said = (release / TRAIN).read_bytes(), []
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    for place in range(footer, len(whole), 41):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        (release / TRAIN).write_bytes(damaged)
        try:
            read(Folder(release, "here"))
        except UserError as error:
            said.append(str(error))
    assert any("thrift" in line for line in said), "what Arrow raises as an OSError"
    assert all(line.startswith(f"here: {TRAIN} cannot be read (") for line in said)


@pytest.mark.parametrize(
    ("name", "kind"), [("width", pa.timestamp("us")), ("title", pa.duration("s"))]
)
def test_values_that_python_has_no_room_for(release: Path, name: str, kind: pa.DataType) -> None:
    table = pq.read_table(release / TRAIN)
    huge = pa.array([2**60] * len(table), pa.int64()).cast(kind)
    place = table.schema.get_field_index(name)
    pq.write_table(table.set_column(place, name, huge), release / TRAIN)
    with pytest.raises(UserError, match="cannot be read"):
        read(Folder(release, "here"))


def test_a_manifest_that_leads_elsewhere(release: Path) -> None:
    plain = json.loads((release / "manifest.json").read_bytes())
    plain["files"]["../../x.parquet"] = {"sha256": "0" * 64, "bytes": 1}
    (release / "manifest.json").write_text(json.dumps(plain))
    with pytest.raises(UserError, match="refused"):
        read(Folder(release, "here"))


def test_a_manifest_that_is_none(release: Path, tmp_path: Path) -> None:
    shutil.copy(release / "README.md", release / "manifest.json")
    with pytest.raises(UserError, match=r"^here: manifest\.json: "):
        read(Folder(release, "here"))


def test_only_the_caller_touches_a_file_object(pristine: Path) -> None:
    touched = set()

    class Watched(io.FileIO):
        def readinto(self, room: Any) -> int | None:
            touched.add(threading.get_ident())
            return super().readinto(room)

        def read(self, size: int | None = -1) -> bytes | None:
            touched.add(threading.get_ident())
            return super().read(-1 if size is None else size)

    class Files(Folder):
        def open(self, name: str) -> Watched:
            return Watched(self.folder / name)

    assert read(Files(pristine, "here")).rows == read(Folder(pristine, "here")).rows
    assert touched == {threading.get_ident()}
