"""How well talk of safety is told from description: `python -m benchmarks.neutrality [--write]`.

Fits the weights of `vsfa_data/ask/meaning.json` to the prototypes in `meaning.yaml`, sets the
threshold on one half of the labelled sentences in `tests/ask/labelled/`, and measures on the other
half, which neither has seen. With `--write` the weights are stored; without, those that are stored
must be the same.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from numpy.typing import NDArray

from vsfa_data import embedded
from vsfa_data.ask import meaning, neutrality

LABELLED = Path(__file__).resolve().parents[1] / "tests" / "ask" / "labelled"
PENALTY = 0.3
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Labelled(NamedTuple):
    texts: list[str]
    judging: Bools


class Measured(NamedTuple):
    precision: float
    recall: float
    wrong: list[str]
    missed: list[str]


def labelled(*, held_out: bool) -> Labelled:
    """One half of the labelled sentences; a hash of each says which half it is in."""
    found = [
        (line.strip(), name == "judging")
        for name in ("describing", "judging")
        for line in (LABELLED / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    ]
    half = [one for one in found if (sha256(one[0].encode()).digest()[0] % 2 == 0) == held_out]
    return Labelled([text for text, _ in half], np.array([judging for _, judging in half]))


def by_words(texts: Iterable[str]) -> Bools:
    """Whether the lexicon finds something."""
    return np.array([neutrality.default().first_term(text) is not None for text in texts])


def measured(found: Bools, half: Labelled) -> Measured:
    """Precision and recall of what was `found` to judge, and what was got wrong."""
    right = int((found & half.judging).sum())
    return Measured(
        right / max(1, int(found.sum())),
        right / int(half.judging.sum()),
        [half.texts[at] for at in np.flatnonzero(found & ~half.judging)],
        [half.texts[at] for at in np.flatnonzero(~found & half.judging)],
    )


def fitted() -> dict[str, Any]:
    """Weights by logistic regression on the prototypes, threshold by the first half."""
    prototypes = yaml.safe_load(meaning.PROTOTYPES.read_text(encoding="utf-8"))
    judging, describing = prototypes["judging"], prototypes["describing"]
    wanted = np.array([1.0] * len(judging) + [0.0] * len(describing))
    solved = _regression(encoded([*judging, *describing]), wanted)
    weights, bias = np.round(solved[:-1], 4), round(float(solved[-1]), 4)
    half = labelled(held_out=False)
    scores = encoded(half.texts) @ weights + bias
    return {
        "version": prototypes["version"],
        "bias": bias,
        "threshold": round(_threshold(scores, by_words(half.texts), half), 3),
        "weights": weights.tolist(),
    }


def encoded(texts: Sequence[str]) -> Floats:
    """Texts -> float64[n, 384]."""
    return embedded.text_model().encode(texts).astype(np.float64)


def _regression(vectors: Floats, wanted: Floats) -> Floats:
    """Newton's method; the bias, last, is not penalised."""
    given = np.hstack([vectors, np.ones((len(vectors), 1))])
    penalty = np.diag([PENALTY] * vectors.shape[1] + [1e-6])
    solved = np.zeros(given.shape[1])
    for _ in range(50):
        share = 1.0 / (1.0 + np.exp(-given @ solved))
        slope = given.T @ (share - wanted) + penalty @ solved
        curve = (given * (share * (1.0 - share))[:, None]).T @ given + penalty
        solved -= np.linalg.solve(curve, slope)
    return solved


def _threshold(scores: Floats, words: Bools, half: Labelled) -> float:
    """The middle of those thresholds with which the worse of precision and recall is best."""
    tried = np.arange(-1.0, 1.0, 0.005)
    worse = [min(measured(words | (scores > limit), half)[:2]) for limit in tried]
    return float(tried[np.isclose(worse, max(worse))].mean())


def main() -> None:
    made = json.dumps(fitted()) + "\n"
    if "--write" in sys.argv[1:]:
        meaning.WEIGHTS.write_text(made, encoding="utf-8")
    elif meaning.WEIGHTS.read_text(encoding="utf-8") != made:
        raise SystemExit("meaning.json is not what the prototypes give: run with --write")
    for title, held_out in (("threshold half", False), ("held-out half", True)):
        half = labelled(held_out=held_out)
        words = by_words(half.texts)
        sense = np.array([meaning.judges(text) for text in half.texts])
        judging = int(half.judging.sum())
        print(f"{title}: {len(half.texts)} sentences, {judging} of which judge")
        for what, found in (("words", words), ("meaning", sense), ("both", words | sense)):
            got = measured(found, half)
            print(f"  {what:<8} precision {got.precision:.3f}  recall {got.recall:.3f}")
        got = measured(words | sense, half)
        for text in got.wrong:
            print(f"  found, but describes: {text}")
        for text in got.missed:
            print(f"  missed: {text}")


if __name__ == "__main__":
    main()
