from __future__ import annotations

import inspect

from vsfa_data.commands.training_bars import TrainingBars
from vsfa_data.train.experiment import ExperimentWatcher
from vsfa_data.train.watcher import Watcher


def test_a_watcher_says_nothing_and_the_bars_know_all_it_hears() -> None:
    heard = [name for name, _ in inspect.getmembers(Watcher, inspect.isfunction)]
    assert len(heard) == 9
    for name in (*heard, "run"):
        own = inspect.signature(getattr(ExperimentWatcher, name))
        assert (
            inspect.signature(getattr(TrainingBars, name)).parameters.keys()
            == own.parameters.keys()
        )
