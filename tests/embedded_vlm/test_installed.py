from __future__ import annotations

from pathlib import Path

import pytest

from vsfa_data.caption.local import checkpoint
from vsfa_data.embedded_vlm import installed, projector_file
from vsfa_data.errors import SetupError, UserError
from vsfa_data.train import base


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_before_it_is_installed_the_command_that_does_it_is_told() -> None:
    for call in (
        lambda: base.locate("embedded"),
        lambda: checkpoint.find("embedded", None, download=False),
    ):
        with pytest.raises(SetupError, match=r"is not installed\. Run: vsfa-data models install"):
            call()


def test_another_projector_makes_another_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    before = installed.listed()[0].folder
    monkeypatch.setattr(projector_file, "read", lambda: b"another")
    assert installed.listed()[0].folder != before


def test_a_revision_makes_no_sense_for_it(
    tiny_embedded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installed, "find", lambda: tiny_embedded)
    assert checkpoint.find("embedded", None, download=False).folder == tiny_embedded
    with pytest.raises(UserError, match=r"embedded is here already\. Leave it out"):
        checkpoint.find("embedded", 40 * "0", download=False)
