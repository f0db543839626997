from __future__ import annotations

import functools
from pathlib import Path

import pytest

from vsfa_data.commands.hub import here, is_folder, repository
from vsfa_data.errors import UserError
from vsfa_data.release.hub import session
from vsfa_data.release.hub.names import Place
from vsfa_data.release.hub.session import Patience


def test_what_is_a_folder_and_what_an_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "team" / "here").mkdir(parents=True)
    for text in ("team/here", "team", "./x/y", "/x/y", "~/x", "a/b/c", "x"):
        assert is_folder(text), text
    for text in ("team/vsfa", "team/vsfa@v1.0.0", "team/vsfa@refs/pr/1"):
        assert not is_folder(text), text


def test_a_folder_as_it_was_typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert here("~/x") == tmp_path / "x"
    with pytest.raises(UserError):
        here("~nobody-of-that-name/x")


def test_without_a_network_it_is_over_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    waited = list[float]()
    monkeypatch.setattr(session, "Patience", functools.partial(Patience, sleep=waited.append))
    nowhere = "http://127.0.0.1:9"
    with (
        pytest.raises(UserError, match=r"no folder team/vsfa here.*Check the network"),
        repository(Place("team/vsfa"), nowhere, quiet=True),
    ):
        pytest.fail("there is no hub")
    assert 0 < sum(waited) < 5
