from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.release import samples
from vsfa_data.errors import UserError
from vsfa_data.release.export import JsonList, export, formats
from vsfa_data.release.package import Packaged


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@pytest.mark.parametrize("name", ["llava", "sharegpt", "webdataset"])
def test_equal_releases_make_equal_exports_with_their_credits(
    release: Path, tmp_path: Path, name: str
) -> None:
    assert name in formats()
    done = export(release, name, tmp_path / "a")
    export(release, name, tmp_path / "b", "threat")
    assert export(release, name, tmp_path / "a").counts == done.counts
    assert files(tmp_path / "a") == files(tmp_path / "b")
    assert (tmp_path / "a" / "LICENSES.csv").read_bytes() == (release / "LICENSES.csv").read_bytes()
    note = json.loads((tmp_path / "a" / "export.json").read_bytes())
    assert (note["format"], note["config"], note["version"]) == (name, "threat", "1.2.3")


def test_mistakes(release: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no format 'voc'. Choose one of: llava, sharegpt, webd"):
        export(release, "voc", tmp_path / "a")
    with pytest.raises(UserError, match=r"no config 'text'. Choose one of: threat, control"):
        export(release, "llava", tmp_path / "a", "text")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "x").touch()
    with pytest.raises(UserError, match=r"holds files but no export\.json"):
        export(release, "llava", tmp_path / "mine")
    (release / "README.md").write_text("mine")
    with pytest.raises(UserError, match=r"README\.md: has 4 bytes.* Nothing was written"):
        export(release, "llava", tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_where_the_caption_stands_for_the_picture(
    make_release: Callable[..., Packaged], tmp_path: Path
) -> None:
    configs = ("threat", "control", "text", "mixed")
    folder = make_release(samples.pictures(12), configs=configs).path
    for name in ("text", "mixed"):
        done = export(folder, "llava", tmp_path / name, name)
        listed = [
            one
            for split in done.counts
            for one in json.loads((tmp_path / name / f"{name}-{split}.json").read_bytes())
        ]
        with_picture = [one for one in listed if "image" in one]
        assert (len(listed), bool(with_picture)) == (12, name == "mixed")
        for one in listed:
            first = one["conversations"][0]["value"]
            assert first.startswith("<image>\n" if "image" in one else "A picture of thing")


def test_an_empty_list(tmp_path: Path) -> None:
    JsonList(tmp_path / "x.json").close()
    assert json.loads((tmp_path / "x.json").read_bytes()) == []
