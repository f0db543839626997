from __future__ import annotations

from pathlib import Path

import pytest

from vsfa_data import resources


@pytest.mark.parametrize("name", ["builders", "cards", "concepts", "templates"])
def test_folders_beside_the_package_are_found(name: str) -> None:
    assert any(resources.folder(name).iterdir())


def test_a_folder_that_is_not_there_is_a_broken_installation() -> None:
    with pytest.raises(FileNotFoundError, match="lacks its folder 'nothing'"):
        resources.folder("nothing")


def test_paths_as_recipes_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resources.inside("package:sample/images") == resources.PACKAGE / "sample" / "images"
    assert resources.inside("pictures") == Path("pictures")
    monkeypatch.setenv("HOME", "/somewhere")
    assert resources.inside("~/pictures") == Path("/somewhere/pictures")
