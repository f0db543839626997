"""The concept loss: a picture is to say of the filter's concepts what its name says of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import torch  # noqa: TID253  # imported inside functions only
from numpy.typing import NDArray
from torch import Tensor  # noqa: TID253  # as above

from vsfa_data.filter.drawings.fit_topics import NEUTRAL, topics

SETS: Final = ("default", "threats")
_TEMPERATURE: Final = 0.05


class Told(NamedTuple):
    """The concepts of one set."""

    vectors: NDArray[np.float32]
    """Unit vectors of their texts, [c, 384]."""
    topics: NDArray[np.int16]
    """Of each the place of its topic among `topics()`, or NEUTRAL, [c]."""


def told(concept_set: str) -> Told:
    """A concept set as the filter sees it. Raises UserError if there is none of that name."""
    from vsfa_data import embedded
    from vsfa_data.filter import concepts
    from vsfa_data.filter.encoders.embedded import EmbeddedEncoder, EmbeddedOptions
    from vsfa_data.filter.scorer import Cosines

    used = concepts.load(concept_set)
    found = Cosines(EmbeddedEncoder(EmbeddedOptions()), used)
    axes = np.eye(embedded.TEXT_DIMENSION, dtype=np.float32)
    vectors = np.column_stack([found.row(axis) for axis in axes]).astype(np.float32)
    of_threats = [topics().index(one.category or one.name) for one in used.threat]
    neutral = [NEUTRAL] * (len(vectors) - len(of_threats))
    return Told(vectors, np.array(of_threats + neutral, np.int16))


class ConceptLoss:
    """Of pictures, against the texts of their names.

    `names` are unit vectors of all texts [texts, d], `of` the topic of each [texts]. Those that are
    doubtful count for nothing.
    """

    def __init__(self, sets: Sequence[Told], names: Tensor, of: NDArray[np.int16]) -> None:
        device = names.device
        self.names, self.of = names, torch.from_numpy(of.astype(np.int64)).to(device)
        self.sets = [
            (
                torch.from_numpy(one.vectors).to(device),
                torch.from_numpy(one.topics.astype(np.int64)).to(device),
            )
            for one in sets
        ]

    def wanted(self, texts: Tensor, at: int = 0) -> Tensor:
        """Probabilities of the concepts of set `at` for the names `texts`, [n, c].

        Softmax of their cosines, of concepts of the name's own topic alone; a neutral name has
        neutral ones alone.
        """
        vectors, of_concepts = self.sets[at]
        near = self.names[texts] @ vectors.T / _TEMPERATURE
        others = self.of[texts][:, None] != of_concepts[None]
        return torch.softmax(near.masked_fill(others, -1e4), 1)

    def __call__(self, made: Tensor, texts: Tensor) -> Tensor:
        """Mean divergence (Kullback-Leibler) of the unit vectors `made` [n, d], over all sets."""
        certain = (self.of[texts] >= NEUTRAL).float()
        total = torch.zeros((), device=made.device)
        for at, (vectors, _) in enumerate(self.sets):
            wanted = self.wanted(texts, at)
            found = torch.log_softmax(made @ (vectors - vectors.mean(0)).T / _TEMPERATURE, 1)
            apart = (wanted * (wanted.clamp(min=1e-9).log() - found)).sum(1)
            total = total + (apart * certain).sum() / certain.sum().clamp(min=1)
        return total / len(self.sets)
