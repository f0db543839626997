from pathlib import Path

import pytest

from vsfa_data.release.hub.scratch import discard_all, scratch


def test_it_is_gone_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with scratch() as folder:
        (folder / "a").write_text("a")
        assert folder.parent == tmp_path
    with pytest.raises(ZeroDivisionError), scratch():
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_it_is_gone_when_the_process_leaves_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with scratch() as one, scratch() as other:
        discard_all()
        assert not one.exists()
        assert not other.exists()
