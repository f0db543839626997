"""From cosines to a probability: what makes `threat_score` mean the same for every encoder.

A calibration is a JSON file that a fit script writes. It holds for one encoder and one version
of one concept set; with any other it is refused, for cosines do not transfer between models.
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import Field, ValidationError

from vsfa_data.errors import SetupError, UserError
from vsfa_data.filter import concepts
from vsfa_data.filter.concepts import ConceptSet
from vsfa_data.sections import Section

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOLDER: Final = Path(__file__).with_name("calibrations")


class Bin(Section):
    """One row of a reliability table."""

    low: float
    """Lowest probability in it."""
    high: float
    """Highest probability in it."""
    images: int
    """How many images had such a probability."""
    predicted: float
    """Their mean probability."""
    observed: float
    """Share of threats among them, weighted so that both classes count alike."""


class Quality(Section):
    """How good it is on images that it was not fitted on (cross-validation)."""

    folds: int
    """Parts that the images were divided into."""
    auc: float
    """Area under the ROC curve, 0..1; 0.5 is chance."""
    ece: float
    """Expected calibration error over the table's rows, 0..1."""
    reliability: tuple[Bin, ...]
    """Predicted against observed."""


class Calibration(Section):
    """Logistic regression on the cosines with all concepts, less their mean over the concepts.

    A threat concept's weight is never negative, a neutral one's never positive.
    """

    encoder: str
    """Identity of the encoder that it was fitted for."""
    concept_set_version: str
    """Version of the concept set that it was fitted for."""
    concept_set_sha256: str
    """Content hash of that set."""
    corpus: str
    """Images that it was fitted on."""
    threat_images: int = Field(ge=1)
    """How many of them show a threat."""
    neutral_images: int = Field(ge=1)
    """How many do not."""
    prior: float = Field(gt=0.0, lt=1.0)
    """Share of threats that the probability assumes; the classes were weighted to it."""
    intercept: float
    """Log odds when all cosines are equal."""
    weights: dict[str, float]
    """Concept (as ConceptSet names them) -> log odds for each 1.0 of cosine; 0 if not listed."""
    quality: Quality
    """How well it does."""

    def probability(self, cosines: NDArray[np.float64], names: tuple[str, ...]) -> float:
        """Probability 0..1 from an image's cosines with `names`, float64[len(names)]."""
        mean = float(cosines.mean())
        terms = (
            self.weights[name] * (float(cosine) - mean)
            for name, cosine in zip(names, cosines, strict=True)
            if name in self.weights
        )
        return logistic(math.fsum((self.intercept, *terms)))


def logistic(log_odds: float) -> float:
    """Probability 0..1 of log odds."""
    if log_odds >= 0:
        return 1.0 / (1.0 + math.exp(-log_odds))
    return math.exp(log_odds) / (1.0 + math.exp(log_odds))


def path_for(encoder: str, concept_set: str) -> Path:
    """Where the calibration of an encoder (by name) lies for a concept set (name or path).

    For sets that ship with the toolkit in `calibrations/`, for others beside the set's file.
    """
    if concept_set == "default":
        return FOLDER / f"{encoder}.json"
    file = concepts.find(concept_set)
    if concept_set in concepts.available():
        return FOLDER / f"{file.stem}.{encoder}.json"
    return file.with_name(f"{file.stem}.{encoder}.json")


def load(encoder: str, identity: str, concept_set: str) -> Calibration:
    """The calibration for this encoder (name and identity) and concept set (name or path).

    Raises UserError if there is none or it was fitted for another encoder or concept set.
    """
    path, used = path_for(encoder, concept_set), concepts.load(concept_set)
    remedy = (
        f"Use encoder embedded with concept_set default, or fit one to {path} "
        f"(python -m vsfa_data.filter.fit_embedded --help)"
    )
    if not path.is_file():
        raise UserError(
            f"filter: encoder '{encoder}' has no calibration for concept set '{concept_set}', "
            f"so threat_score would mean nothing. {remedy}"
        )
    try:
        found = Calibration.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise SetupError(
            f"{path} is no calibration ({error.error_count()} faults). {remedy}"
        ) from None
    _check(found, identity, used, f"{path} was fitted for", remedy)
    return found


def digest(encoder: str, concept_set: str) -> str:
    """Sha256 (hex) of the calibration's file, or 'none'."""
    path = path_for(encoder, concept_set)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "none"


def _check(found: Calibration, identity: str, used: ConceptSet, what: str, remedy: str) -> None:
    if found.encoder != identity:
        raise UserError(f"filter: {what} another encoder ({found.encoder}). {remedy}")
    if found.concept_set_sha256 != used.content_hash:
        raise UserError(
            f"filter: {what} concept set version {found.concept_set_version}, "
            f"not for the wording that version {used.version} has now. {remedy}"
        )
