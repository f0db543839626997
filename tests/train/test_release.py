from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from vsfa_data.errors import UserError
from vsfa_data.train.release import open_source

TRAIN = "threat/train-00000-of-00001.parquet"


@pytest.fixture
def release(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "out" / "release"))


def test_a_release_or_the_folder_around_it(release: Path) -> None:
    for given in (release, release.parent):
        source = open_source(str(given), "control")
        assert source.path == release
        assert [path.name for path in source.files("train")] == ["train-00000-of-00001.parquet"]
        assert source.files("nothing") == []


def test_a_folder_that_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"has no manifest.json, so it is no release"):
        open_source(str(tmp_path), "threat")


def test_a_config_that_is_not_there(release: Path) -> None:
    with pytest.raises(
        UserError, match=r"no config 'text'. Choose one with --config: control, thr"
    ):
        open_source(str(release), "text")


def test_an_edited_split(release: Path) -> None:
    file = release / "threat" / "train-00000-of-00001.parquet"
    file.write_bytes(file.read_bytes()[:-9] + b"123456789")
    with pytest.raises(UserError, match=r"is not the file that manifest.json speaks of"):
        open_source(str(release), "threat")
    open_source(str(release), "control")


@pytest.mark.parametrize("given", ["../private.parquet", "linked/train.parquet"])
def test_a_file_outside_the_release_is_not_read_even_if_it_is_as_listed(
    given: str, release: Path
) -> None:
    made = json.loads((release / "manifest.json").read_text())
    private = release.parent / "elsewhere" / "train.parquet"
    private.parent.mkdir()
    shutil.copy(release / TRAIN, private)
    shutil.copy(private, release.parent / "private.parquet")
    (release / "linked").symlink_to(private.parent)
    made["configs"]["threat"]["splits"]["train"]["files"] = [given]
    made["files"][given] = made["files"][TRAIN]
    (release / "manifest.json").write_text(json.dumps(made))
    with pytest.raises(UserError, match=f"lists '{given}', which leads out .* refused"):
        open_source(str(release), "threat")


def test_a_split_made_of_a_file_that_is_in_no_list(release: Path) -> None:
    made = json.loads((release / "manifest.json").read_text())
    made["configs"]["threat"]["splits"]["train"]["files"] = ["private.parquet"]
    (release / "manifest.json").write_text(json.dumps(made))
    (release / "private.parquet").touch()
    with pytest.raises(UserError, match=r"is not the file that manifest.json speaks of"):
        open_source(str(release), "threat")


def test_a_missing_file(release: Path) -> None:
    (release / "threat" / "validation-00000-of-00001.parquet").unlink()
    with pytest.raises(UserError, match=r"cannot be read .*Run: vsfa-data verify"):
        open_source(str(release), "threat")


def test_a_config_without_a_train_split(release: Path) -> None:
    made = json.loads((release / "manifest.json").read_text())
    made["files"] = {n: f for n, f in made["files"].items() if not n.startswith("threat/train")}
    (release / "manifest.json").write_text(json.dumps(made))
    with pytest.raises(UserError, match=r"has no train split, so there is nothing to learn from"):
        open_source(str(release), "threat")


def test_a_manifest_that_is_none(release: Path) -> None:
    (release / "manifest.json").write_text("{}")
    with pytest.raises(UserError, match=r"manifest.json .*required"):
        open_source(str(release), "threat")
