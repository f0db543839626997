from __future__ import annotations

from pathlib import Path
from typing import Any

from vsfa_data.train.comparison import COLUMNS, budgets, in_words, markdown, means, rows
from vsfa_data.train.run import Trained


def run(arm: str, seed: int, loss: float, budget: dict[str, Any] | None = None) -> Trained:
    record = {
        "dataset": {"config": arm},
        "seed": seed,
        "seen": {"conversations": 1200, "turns": 7},
        "hyperparameters": {"steps": 3},
        "tokens": {"seen": 12345, "answers": 678},
        "losses": {"train": {"first": 9.0, "last": loss}, "validation": None},
        "budget": budget,
    }
    return Trained(Path("x"), record, reused=False)


def test_a_row_a_run_and_a_mean_an_arm_of_several_seeds() -> None:
    runs = [run("threat", 0, 1.0), run("threat", 1, 2.0)]
    table = [*rows(runs), *means(runs, ["threat"])]
    assert table == [
        ("threat", "0", "1200", "7", "3", "12,345", "678", "-", "-", "1.0000"),
        ("threat", "1", "1200", "7", "3", "12,345", "678", "-", "-", "2.0000"),
        ("threat", "mean", "", "", "", "", "", "-", "-", "1.5000 ± 0.7071"),
    ]
    page = markdown(table, runs)
    assert page.splitlines()[1].count("---") == len(COLUMNS) == len(table[0])
    assert page.count("| threat |") == 3
    assert list(means(runs[:1], ["threat"])) == []


def test_turns_that_were_left_out_are_told() -> None:
    own = {"turns": 5, "turns_left_out": 2}
    apart = {"tokens": 0.0, "answer_tokens": 0.0}
    shared = run("threat", 4, 1.0, {"arms": {"threat": own}, "apart": apart, "tolerance": 0.005})
    ((_, _, _, turns, *_),) = rows([shared])
    (told,) = budgets([shared])
    assert turns == "5 of 7"
    assert told.startswith("Seed 4: tokens in answers 0.00% apart, all tokens 0.00% (wanted: 0.5%)")
    assert told.endswith("left out for that: threat 2.")


def test_what_could_not_be_made_equal_is_said() -> None:
    arms = {"control": {"turns_left_out": 2}, "threat": {"turns_left_out": 0}}

    def said(tokens: float, answers: float) -> str:
        apart = {"tokens": tokens, "answer_tokens": answers}
        return in_words({"tolerance": 0.005, "arms": arms, "apart": apart})

    assert said(0.004, 0.001).endswith("last turns left out for that: control 2, threat 0.")
    assert "cannot make all tokens equal" in said(0.006, 0.001)
    assert "too coarse" in said(0.006, 0.006)
