from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.train.watching import Remembering
from vsfa_data.errors import UserError
from vsfa_data.train import record, task
from vsfa_data.train.arms import Arms
from vsfa_data.train.experiment import experiment
from vsfa_data.train.release import open_source
from vsfa_data.train.settings import Settings

NAMES = ("control", "threat")


def test_partners_are_learned_from_at_the_same_place(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    watcher, found = Remembering(), {}
    files = open_source(make_settings().dataset, "threat").files("train")
    for name in NAMES:
        of = task.task(make_settings(config=name))
        facts = record.facts(of.source, of.base, of.settings, of.resolved, NAMES)
        (train, validation), budget = Arms(NAMES, tmp_path / "arms").splits(of, facts, watcher)
        found[name] = [one.image_id for one in train.rows]
        assert validation.lengths
        assert budget is not None
        assert budget["arms"][name]["conversations"] == len(train.rows) > 2
    # Of two conversations that one step sees, two are counted.
    brief = task.task(make_settings(config="threat", max_steps=1, accumulate=1))
    _, budget = Arms(NAMES, tmp_path / "arms").splits(brief, facts, Remembering())
    assert budget is not None
    counted = [(one["conversations"], one["turns"]) for one in budget["arms"].values()]
    assert [(pictures, turns <= 4) for pictures, turns in counted] == [(2, True), (2, True)]
    read = watcher.prepared_rows
    # The other run of the two has found what both learn from, and so does the next.
    heard = Remembering()
    Arms(NAMES, tmp_path / "arms").splits(of, facts, heard)
    assert (read > 0, heard.prepared_rows) == (True, 0)
    other = task.task(make_settings(config="threat", max_image_px=48))
    facts = record.facts(other.source, other.base, other.settings, other.resolved, NAMES)
    Arms(NAMES, tmp_path / "arms").splits(other, facts, heard)
    assert heard.prepared_rows == read
    tables = [pq.read_table(file, columns=["image_id", "match_id"]) for file in files]
    pairs = [row for table in tables for row in table.to_pylist()]
    matched = {row["image_id"]: row["match_id"] for row in pairs}
    assert [matched[one] for one in found["threat"]] == found["control"]


def test_an_interrupted_experiment_keeps_what_it_has_read(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    class Impatient(Remembering):
        def step(self, step: int, tokens: int) -> None:
            if step == 3:
                raise KeyboardInterrupt

    settings = make_settings(max_steps=4, save_every=2)
    with pytest.raises(KeyboardInterrupt):
        experiment(settings, tmp_path, NAMES, [0], Impatient())
    watcher = Remembering()
    experiment(settings, tmp_path, NAMES, [0], watcher)
    assert watcher.first_steps == [2, 0]
    assert watcher.prepared_rows == 0
    assert not (tmp_path / "work").exists()


def test_arms_without_anything_to_learn_from_are_refused(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=r"more than 16 tokens, and no other is left"):
        experiment(make_settings(max_length=16), tmp_path / "out", NAMES, [0])
    assert not (tmp_path / "out").exists()
