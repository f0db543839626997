"""Scores of an image: the nearest concepts and the probability of a threat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from vsfa_data.errors import SetupError
from vsfa_data.filter import text_cache
from vsfa_data.filter.concepts import ConceptSet
from vsfa_data.filter.encoder import Encoder

if TYPE_CHECKING:
    from PIL.Image import Image

    from vsfa_data.filter.calibration import Calibration


_OFF: Final = 1e-3
"""By what the length of a unit vector may differ from 1."""


class Cosines:
    """Images against all concepts of a set: threat concepts first, then all that is neutral.

    A concept's vector is the normalised mean of its texts' vectors. (The nearest single text
    instead separates worse: ROC AUC 0.58 against 0.60 on 5,800 pieces of clip art.)
    """

    def __init__(self, encoder: Encoder, concept_set: ConceptSet) -> None:
        """`encoder` must be open."""
        self._encoder = encoder
        self.names = (*concept_set.threat_names, *concept_set.neutral_names)
        self.threats = len(concept_set.threat)
        groups = (*concept_set.threat_texts, *concept_set.neutral_texts)
        texts = [text for group in groups for text in group]
        vectors = text_cache.vectors(encoder.identity, texts, encoder.encode_texts)
        self._check(vectors, (len(texts), *vectors.shape[1:]))
        ends = np.cumsum([len(group) for group in groups])
        means = [part.mean(0, dtype=np.float64) for part in np.split(vectors, ends[:-1])]
        self._concepts = np.stack([mean / np.linalg.norm(mean) for mean in means])

    @property
    def dimension(self) -> int:
        """Numbers of a vector."""
        return int(self._concepts.shape[1])

    def of(self, images: Sequence[Image]) -> NDArray[np.float64]:
        """RGB images -> cosines with `names`, float64[n, len(names)]; each row on its own."""
        rows = [self.row(vector) for vector in self._encoder.encode_images(images)]
        return np.stack(rows) if rows else np.empty((0, len(self.names)))

    def row(self, vector: NDArray[np.float32]) -> NDArray[np.float64]:
        """An image's vector -> its cosines with `names`.

        Raises SetupError for one that is no unit vector in the space of the texts.
        """
        self._check(vector, self._concepts.shape[1:])
        found: NDArray[np.float64] = self._concepts @ vector.astype(np.float64)
        return found

    def _check(self, vectors: NDArray[np.float32], shape: tuple[int, ...]) -> None:
        """Raise SetupError for rows that are not of length 1; else cosines would be none."""
        what = f"the encoder {self._encoder.identity} gave vectors"
        if vectors.shape != shape:
            raise SetupError(f"{what} of the shape {vectors.shape} in the place of {shape}")
        length = np.sqrt((vectors * vectors).sum(-1, dtype=np.float64))
        if not np.isfinite(length).all():
            raise SetupError(
                f"{what} that are not finite numbers: its weights are damaged, or too large for "
                f"its precision: use others"
            )
        if np.abs(length - 1.0).max(initial=0.0) > _OFF:
            raise SetupError(f"{what} that are not of length 1: whoever wrote it is to mend it")


@dataclass(frozen=True)
class Scorer:
    """The columns of SCORES that come from the encoder.

    `names` are all concepts, of which the first `threats` are threats.
    """

    names: tuple[str, ...]
    threats: int
    calibration: Calibration | None

    @classmethod
    def of(cls, concept_set: ConceptSet, calibration: Calibration | None) -> Scorer:
        """For the concepts of a set, in the order of Cosines."""
        names = (*concept_set.threat_names, *concept_set.neutral_names)
        return cls(names, len(concept_set.threat), calibration)

    def row(self, cosines: NDArray[np.float64], features: NDArray[np.float32]) -> dict[str, Any]:
        """`concept`, `concept_score`, `neutral_concept`, `margin` and `threat_score` of an image.

        `cosines` are those with `names`, `features` those of `looking.features`. Numbers are
        rounded to 6 decimals. Without a calibration `threat_score` is None.
        """
        names, threats = self.names, self.threats
        threat = int(cosines[:threats].argmax())
        neutral = threats + int(cosines[threats:].argmax())
        return {
            "concept": names[threat],
            "concept_score": round(float(cosines[threat]), 6),
            "neutral_concept": names[neutral],
            "margin": round(float(cosines[threat] - cosines[neutral]), 6),
            "threat_score": self._probability(cosines, features),
        }

    def _probability(
        self, cosines: NDArray[np.float64], features: NDArray[np.float32]
    ) -> float | None:
        if self.calibration is None:
            return None
        found = self.calibration.probability(cosines, features, self.names, self.threats)
        return round(found, 6)
