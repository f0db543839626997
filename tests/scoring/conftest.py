"""A folder of pictures with labels, good and bad files, and a cache of the tests' own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.filter.rows import SAMPLE
from vsfa_data.recipe import FilterSection, filter_section

PICTURES = {
    "animals-duck.jpg": "neutral", "food-coffee-cup.jpg": "neutral", "pets-kitten.jpg": "neutral",
    "blades-sword.png": "blades", "firearms-m16-rifle.png": "firearms",
}  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five pictures, one of them in a folder, a text file and a truncated picture."""
    made = tmp_path / "pictures"
    (made / "below").mkdir(parents=True)
    for name in PICTURES:
        shutil.copyfile(SAMPLE / name, made / ("below" if name.startswith("pets") else ".") / name)
    (made / "notes.txt").write_text("no picture")
    cut = (SAMPLE / "animals-duck.jpg").read_bytes()
    (made / "cut.jpg").write_bytes(cut[: len(cut) // 2])
    return made


@pytest.fixture
def label_file(tmp_path: Path) -> Path:
    file = tmp_path / "labels.csv"
    rows = [
        f"{'below/' if name.startswith('pets') else ''}{name},{label}"
        for name, label in PICTURES.items()
    ]
    file.write_text("\n".join(["path,label", *rows, "elsewhere.png,threat"]) + "\n")
    return file


@pytest.fixture
def embedded() -> FilterSection:
    return filter_section({"encoder": "embedded"})
