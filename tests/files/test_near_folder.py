from __future__ import annotations

from pathlib import Path

import pytest

from vsfa_data.files.near_folder import meant


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("out/quikstart", ". Or is it out/quickstart?"),
        ("ot/quickstart/release", ". Or is it out/quickstart/release?"),
        ("out/quikstart@v1.0.0", ". Or is it out/quickstart?"),
        ("out/nothing like it", ""),
        ("out/note", ""),  # a file of nearly that name is no folder
        ("", ""),
        ("/", ""),
    ],
)
def test_the_folder_of_nearly_that_name(
    given: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out" / "quickstart" / "release").mkdir(parents=True)
    (tmp_path / "out" / "notes").touch()
    monkeypatch.chdir(tmp_path)
    assert meant(given) == said
