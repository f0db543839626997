from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vsfa_data.train import record, task
from vsfa_data.train.run import Trained, train
from vsfa_data.train.settings import Settings


def test_facts_are_flat_and_tell_runs_apart(make_settings: Callable[..., Settings]) -> None:
    def facts(**given: object) -> dict[str, object]:
        of = task.task(make_settings(**given))
        return record.facts(of.source, of.base, of.settings, of.resolved)

    usual = facts()
    assert usual == facts()
    assert not [value for value in usual.values() if isinstance(value, dict | list)]
    for given in ({"seed": 1}, {"config": "control"}, {"rank": 8}, {"learning_rate": 0.1}):
        assert facts(**given) != usual
    # How often a checkpoint is written and who decodes pictures changes no weight.
    assert facts(save_every=1, workers=1) == usual


def test_an_epoch_count_that_was_not_used_is_not_told(
    trained: Trained, make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    assert trained.record["hyperparameters"]["epochs"] is None
    done = train(make_settings(max_steps=None, epochs=2.0), tmp_path / "out")
    told = done.record["hyperparameters"]
    assert (told["epochs"], told["max_steps"]) == (2.0, None)
    rows = done.record["dataset"]["train"]["conversations"]
    assert told["steps"] == -(-2 * rows // (2 * 2))
