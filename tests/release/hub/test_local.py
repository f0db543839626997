from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from vsfa_data.errors import UserError
from vsfa_data.release.hub.local import glance, load
from vsfa_data.release.hub.names import Version
from vsfa_data.release.seals import seals


def test_a_sound_release(first: Path) -> None:
    found = load(first)
    assert found.version == Version(1, 0, 0)
    assert {*found.files} == {
        path.relative_to(first).as_posix() for path in first.rglob("*") if path.is_file()
    }
    assert found.size() == sum(path.stat().st_size for path in first.rglob("*") if path.is_file())
    assert found.size(("README.md",)) == (first / "README.md").stat().st_size
    git = subprocess.run(
        ["git", "hash-object", str(first / "README.md")], capture_output=True, text=True
    )
    assert found.git_id("README.md") == git.stdout.strip()


def test_an_edited_one_names_the_file(first: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(first, tmp_path / "release"))
    with (copy / "LICENSES.csv").open("a") as file:
        file.write("x")
    with pytest.raises(
        UserError, match=r"not as its manifest says: LICENSES.csv: .*Nothing was up"
    ):
        load(copy)
    (copy / "threat" / "train-00000-of-00001.parquet").unlink()
    with pytest.raises(UserError, match=r"\(and 1 more\)"):
        load(copy)


@pytest.mark.parametrize("version", ["1.2", "1.2.3-rc1", "latest"])
def test_a_version_that_is_none(first: Path, tmp_path: Path, version: str) -> None:
    copy = Path(shutil.copytree(first, tmp_path / "release"))
    plain = json.loads((copy / "manifest.json").read_bytes()) | {"version": version}
    (copy / "manifest.json").write_text(json.dumps(plain))
    with pytest.raises(UserError, match=r"manifest\.json: version: edited after the build"):
        load(copy)
    (copy / "manifest.json").write_text(json.dumps(plain | {"seals": seals(plain)}))
    for check in (glance, load):
        with pytest.raises(UserError, match=f"version '{version}' is no semantic version"):
            check(copy)


def test_a_glance_sees_what_can_be_seen_at_once(first: Path, tmp_path: Path) -> None:
    glance(first)
    with pytest.raises(UserError, match="nosuch does not exist, so there is no release in it"):
        glance(tmp_path / "nosuch")
    with pytest.raises(UserError, match=r"has no manifest\.json"):
        glance(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    glance(tmp_path)  # what is wrong with it is said by `load`
