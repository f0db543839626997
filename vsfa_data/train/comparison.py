"""The table of several runs: arms against each other, their means, how equal their budgets are."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from vsfa_data.train.run import Trained

TABLE: Final = "experiment.md"
COLUMNS: Final = (
    *("arm", "seed", "images", "turns", "steps", "tokens", "in answers"),
    *("val. before", "val. after", "train after"),
)
_ENDS: Final = (("validation", "first"), ("validation", "last"), ("train", "last"))


def rows(runs: Sequence[Trained]) -> Iterator[tuple[str, ...]]:
    """A row for each run."""
    for one in runs:
        record = one.record
        yield (
            record["dataset"]["config"],
            str(record["seed"]),
            str(record["seen"]["conversations"]),
            _turns(record),
            str(record["hyperparameters"]["steps"]),
            f"{record['tokens']['seen']:,}",
            f"{record['tokens']['answers']:,}",
            *(_loss(record, split, end) for split, end in _ENDS),
        )


def means(runs: Sequence[Trained], arms: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Mean and standard deviation over the seeds of each arm, where there are several."""
    if len(runs) == len(arms):
        return
    for arm in arms:
        own = [one.record for one in runs if one.record["dataset"]["config"] == arm]
        cells = []
        for split, end in _ENDS:
            values = [one["losses"][split][end] for one in own if one["losses"][split]]
            cells.append(
                f"{statistics.mean(values):.4f} ± {statistics.stdev(values):.4f}" if values else "-"
            )
        yield (arm, "mean", "", "", "", "", "", *cells)


def _loss(record: dict[str, Any], split: str, end: str) -> str:
    ends = record["losses"][split]
    return f"{ends[end]:.4f}" if ends else "-"


def _turns(record: dict[str, Any]) -> str:
    """Questions with their answers that were seen: `66`, or `62 of 66` where some were left out."""
    if not record.get("budget"):
        return str(record["seen"]["turns"])
    own = record["budget"]["arms"][record["dataset"]["config"]]
    return f"{own['turns']} of {own['turns'] + own['turns_left_out']}"


def budgets(runs: Sequence[Trained]) -> Iterator[str]:
    """For each seed a sentence on what its arms have in common."""
    found = {one.record["seed"]: one.record.get("budget") for one in runs}
    for seed, budget in found.items():
        if budget is not None:
            yield f"Seed {seed}: {in_words(budget)}"


def in_words(budget: dict[str, Any]) -> str:
    """How equal the arms' budgets are, in a sentence."""
    apart, most = budget["apart"], budget["tolerance"]
    out = ", ".join(f"{name} {arm['turns_left_out']}" for name, arm in budget["arms"].items())
    said = (
        f"tokens in answers {apart['answer_tokens']:.2%} apart, all tokens {apart['tokens']:.2%} "
        f"(wanted: {most:.1%}); last turns left out for that: {out}."
    )
    if apart["answer_tokens"] > most:
        said += " Whole turns are too coarse for so few conversations."
    elif apart["tokens"] > most:
        said += (
            " Leaving out turns cannot make all tokens equal where pictures or questions differ."
        )
    return said


def markdown(table: Sequence[tuple[str, ...]], runs: Sequence[Trained]) -> str:
    """The table as a page, with what is to be known to read it."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + " --- |" * len(COLUMNS)]
    lines += ["| " + " | ".join(row) + " |" for row in table]
    note = (
        "Images and turns (questions with their answers) are those that were seen, each counted "
        "once; tokens count each time. Losses are means over the tokens of answers. 'before' is "
        "the untouched base model. The validation losses of different arms are taken on different "
        "pictures: compare before with after within an arm, not one arm with another."
    )
    shared = [f"- {line}" for line in budgets(runs)]
    return "\n".join([*lines, "", *shared, *([""] if shared else []), note, ""])
