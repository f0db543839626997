from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.collect.archive.packing import zipped
from vsfa_data.collect.hub import own_files
from vsfa_data.collect.hub.own_files import OwnFiles, check_card
from vsfa_data.collect.rejected import Rejected
from vsfa_data.errors import UserError

HUB = OwnFiles("hf://datasets/a/b@0123/")


@pytest.mark.parametrize(
    "configs",
    [
        None,
        [],
        "text",
        [{"config_name": "https://x", "data_files": "data/*.parquet"}],
        [{"data_files": [{"split": "train", "path": ["a..b/*", "x/y.csv"]}]}],
        [{"data_files": {"train": "a.csv"}, "data_dir": "data"}],
    ],
)
def test_cards_that_stay_within_their_dataset(configs: Any) -> None:
    check_card("a/b", configs)


@pytest.mark.parametrize(
    "configs",
    [
        [{"data_files": "/etc/passwd"}],
        [{"data_files": {"train": ["x", "../y"]}}],
        [{"data_files": [{"split": "train", "path": r"x\..\y"}]}],
        [{"data_dir": "C:/x"}],
        [{"data_dir": "~"}],
        [{"data_files": "zip://*.csv::data.zip"}],
        [{"data_files": "hf://datasets/other/set/x.csv"}],
        {"any": {"data_files": [["file:///x"]]}},
    ],
)
def test_cards_that_do_not(configs: Any) -> None:
    with pytest.raises(UserError, match="outside of the dataset"):
        check_card("a/b", configs)


def test_a_card_without_end() -> None:
    laughs: list[Any] = ["x"]
    for _ in range(60):
        laughs = [laughs, laughs]
    with pytest.raises(UserError, match="more than 100,000 words"):
        check_card("a/b", [{"data_files": "a.csv", "else": laughs}])


def test_files_on_the_hub() -> None:
    HUB.check(["hf://datasets/a/b@0123/x.csv", "zip://y::hf://datasets/a/b@0123/x.zip"])
    for file in (
        "hf://datasets/a/b@4567/x.csv",
        "hf://datasets/a/bad@0123/x.csv",
        "hf://datasets/a/b@0123/../x.csv",
        "zip://hf://datasets/a/b@0123/::/etc/passwd",
        "/etc/passwd",
    ):
        with pytest.raises(UserError, match="outside of itself"):
            HUB.check([file])
        with pytest.raises(Rejected, match="outside_dataset"):
            HUB.path_or_data(file)
    with pytest.raises(Rejected, match="outside_dataset"):
        HUB.path_or_data("http://x::hf://datasets/a/b@0123/x.zip")


def test_local_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "set"
    root.mkdir()
    monkeypatch.chdir(root)  # where a name that is no path would be one below it
    (root / "x.png").write_bytes(b"x")
    (tmp_path / "y.png").write_bytes(b"y")
    (root / "link.png").symlink_to(tmp_path / "y.png")
    files = OwnFiles(str(root))
    assert files.path_or_data(str(root / "x.png")) == {"path": root / "x.png"}
    for name in (
        *(tmp_path / "y.png", root / "link.png", f"{root}/../y.png", "../y.png", "x\0y"),
        *("file:///etc/passwd", "zip://x::http://127.0.0.1/x.zip", "s3://x/y"),
    ):
        with pytest.raises(Rejected, match="outside_dataset"):
            files.path_or_data(str(name))


def test_names_start_at_the_dataset(tmp_path: Path) -> None:
    (tmp_path / "x y").mkdir()
    (tmp_path / "x y" / "z.png").write_bytes(b"z")
    files = OwnFiles(str(tmp_path))
    assert files.path_or_data("x y/z.png") == {"path": tmp_path / "x y" / "z.png"}
    with pytest.raises(Rejected, match="unreadable"):  # it may be on the Hub, but cannot be read
        files.path_or_data("zip://z.png::x y")


def test_the_hubs_cache_whose_files_are_links(tmp_path: Path) -> None:
    root = tmp_path / "datasets--a--b" / "snapshots" / "0123"
    blobs = tmp_path / "datasets--a--b" / "blobs"
    root.mkdir(parents=True)
    blobs.mkdir()
    (blobs / "0f").write_bytes(b"x")
    (root / "x.png").symlink_to("../../blobs/0f")
    assert OwnFiles(str(root)).path_or_data(str(root / "x.png")) == {"path": blobs / "0f"}


def test_a_file_in_an_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "x.zip"
    archive.write_bytes(zipped(("a.png", b"a" * 500)))
    files = OwnFiles(str(tmp_path))
    assert files.path_or_data(f"zip://a.png::{archive}") == {"data": b"a" * 500}
    with pytest.raises(Rejected, match="unreadable: no such file in the dataset"):
        files.path_or_data(f"zip://b.png::{archive}")
    monkeypatch.setattr(own_files, "MAX_FILE_BYTES", 499)
    with pytest.raises(Rejected, match="too_many_bytes: more than 499"):
        files.path_or_data(f"zip://a.png::{archive}")
    shutil.copy(archive, tmp_path / "broken.zip")
    with (tmp_path / "broken.zip").open("r+b") as file:
        file.truncate(100)
    with pytest.raises(Rejected, match="unreadable: its archive is damaged"):
        files.path_or_data(f"zip://a.png::{tmp_path}/broken.zip")
