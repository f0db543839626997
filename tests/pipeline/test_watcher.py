from __future__ import annotations

import inspect

import pytest

from vsfa_data.console.bars import Bars
from vsfa_data.pipeline import Quiet, Watcher
from vsfa_data.workspace import Counts, Preparation


@pytest.mark.parametrize("watcher", [Quiet, Bars])
def test_a_watcher_hears_all_that_a_build_tells(watcher: type) -> None:
    told = [name for name in vars(Watcher) if not name.startswith("_")]
    assert {"started", "advanced", "noted", "ended"} == set(told)
    for name in told:
        expected = inspect.signature(getattr(Watcher, name))
        assert inspect.signature(getattr(watcher, name)) == expected


def test_a_quiet_one_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    watcher = Quiet()
    watcher.started("score", Preparation("", "computed", ()), 1)
    watcher.noted("waiting")
    watcher.advanced(1)
    watcher.ended("score", Counts(1, 1, {}))
    assert capsys.readouterr() == ("", "")
