from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vsfa_data.errors import UserError
from vsfa_data.train import task
from vsfa_data.train.run import train
from vsfa_data.train.settings import Settings


def test_what_is_missing_is_said_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        task.importlib.util, "find_spec", lambda name: None if name == "peft" else 1
    )
    with pytest.raises(UserError, match=r"Run: pip install 'vsfa-data\[train\]'"):
        task.require_packages()


def test_a_logger_that_is_not_installed(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    if task.importlib.util.find_spec("trackio"):
        pytest.skip("trackio is installed")
    with pytest.raises(UserError, match=r"Run: pip install trackio"):
        train(make_settings(log_to="trackio"), tmp_path / "out")
    assert not (tmp_path / "out").exists()
