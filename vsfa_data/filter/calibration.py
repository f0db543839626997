"""From cosines to a probability: what makes `threat_score` mean the same for every encoder.

A calibration is a JSON file that a fit script writes. It holds for one encoder and one version
of one concept set; with any other it is refused, for cosines do not transfer between models.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from vsfa_data.errors import SetupError
from vsfa_data.sections import Section

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


MOST: Final = 1e15
"""Greatest weight: far more than any fit gives, and sums of such are still numbers."""
Finite = Annotated[float, Field(allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=-MOST, le=MOST, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Count = Annotated[int, Field(ge=1, le=10**9)]
"""Of images: more than anybody has labelled."""


class Bin(Section):
    """One row of a reliability table."""

    low: Share
    """Lowest probability in it."""
    high: Share
    """Highest probability in it."""
    images: int
    """How many images had such a probability."""
    predicted: Share
    """Their mean probability."""
    observed: Share
    """Share of threats among them, weighted so that both classes count alike."""


class LabelQuality(Section):
    """How good it is for one label: its images against all neutral ones, held out."""

    images: Count
    """Threat images of that label."""
    auc: Share
    """Area under the ROC curve."""
    average_precision: Share
    """Mean precision at their ranks."""


class Quality(Section):
    """How good it is on images that it was not fitted on (cross-validation)."""

    folds: int = Field(ge=2, le=1000)
    """Parts that the images were divided into."""
    auc: Share
    """Area under the ROC curve, 0..1; 0.5 is chance."""
    average_precision: Share | None = None
    """Mean precision at the threats' ranks, 0..1; the share of threats is chance."""
    ece: Share
    """Expected calibration error over the table's rows, 0..1."""
    ece_unweighted: Share | None = None
    """The same with every image counted once, and probabilities moved from the prior to the share
    of threats among the images; null: fitted before this was measured."""
    precision_at: dict[str, Share] = Field(default_factory=dict)
    """Rank -> share of threats among so many images with the highest probabilities."""
    labels: dict[str, LabelQuality] = Field(default_factory=dict)
    """Label -> how good it is for that label's threats."""
    reliability: tuple[Bin, ...]
    """Predicted against observed."""


class Calibration(Section):
    """From an image's cosines with all concepts to the probability of a threat.

    `concepts`: logistic regression on the soft margin and, to correct it, on the cosines less their
    mean over the concepts; a threat concept's weight is never negative, a neutral one's never
    positive. `margins`: logistic regression on the numbers of `margins.py`. `isotonic`: a rising
    line through points, over the soft margin. `probe`: the soft margin and a linear probe of the
    encoder's features (`probe.py`).
    """

    method: Literal["concepts", "margins", "isotonic", "probe"] = "concepts"
    """What the probability is made of."""
    temperature: float = Field(0.05, gt=0.0, allow_inf_nan=False)
    """Cosine difference that counts for much in the soft margin: 1 / the encoder's logit scale."""

    encoder: str
    """Identity of the encoder that it was fitted for."""
    concept_set_version: str
    """Version of the concept set that it was fitted for."""
    concept_set_sha256: str
    """Content hash of that set."""
    corpus: str = Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")
    """Images that it was fitted on: one line, which a release publishes."""
    threat_images: Count
    """How many of them show a threat."""
    neutral_images: Count
    """How many do not."""
    prior: float = Field(gt=0.0, lt=1.0)
    """Share of threats that the probability assumes; the classes were weighted to it."""
    intercept: Weight
    """Log odds when all cosines are equal."""
    weights: dict[str, Weight]
    """Concept (as ConceptSet names them) or margin -> log odds for each 1.0; 0 if not listed."""
    soft_margin: float = Field(0.0, ge=0.0, le=MOST, allow_inf_nan=False)
    """Of `concepts` and `probe`: log odds for each 1.0 of the soft margin; 0: it does not count."""
    probe: tuple[Weight, ...] = ()
    """Of `probe`: log odds for each 1.0 of each of the features that `looking.features` gives."""
    steps: tuple[tuple[Finite, Share], ...] = ()
    """Points (soft margin, probability) of `isotonic`, both rising."""
    near_duplicate_cosine: float | None = Field(None, ge=0.5, le=1.0)
    """Cosine of two images' marks from which they are near-duplicates to this encoder, measured on
    copies of the images; null: not measured, or no cosine tells copies from strangers."""
    quality: Quality
    """How well it does."""

    def model_post_init(self, _context: Any, /) -> None:
        """Refuse what somebody has edited into no calibration at all."""
        if self.method == "margins":
            from vsfa_data.filter.margins import NAMES

            if odd := sorted(set(self.weights) - set(NAMES)):
                raise ValueError(f"weights: '{odd[0]}' is none of {', '.join(NAMES)}")
        if (self.method == "probe") != bool(self.probe):
            raise ValueError("probe: the method 'probe' has weights of features, no other has")
        if self.method == "isotonic":
            places, shares = [x for x, _ in self.steps], [p for _, p in self.steps]
            if not self.steps or sorted(set(places)) != places or sorted(shares) != shares:
                raise ValueError("steps: isotonic needs points that rise, one at least")

    def probability(
        self,
        cosines: NDArray[np.float64],
        features: NDArray[np.float32],
        names: tuple[str, ...],
        threats: int,
    ) -> float:
        """Probability 0..1 from an image's cosines with `names`, float64[len(names)].

        The first `threats` of them are threats. `features` are those of `looking.features`; `probe`
        alone looks at them. Raises SetupError if they are not as many as it has weights.
        """
        if self.method in {"margins", "isotonic"}:
            return self._by_margins(cosines, threats)
        terms = [self.intercept]
        if self.soft_margin:
            terms.append(self.soft_margin * self._margins(cosines, threats)["soft_margin"])
        if self.method == "probe":
            return logistic(math.fsum((*terms, self._probed(features))))
        mean = float(cosines.mean())
        terms.extend(
            self.weights[name] * (float(cosine) - mean)
            for name, cosine in zip(names, cosines, strict=True)
            if name in self.weights
        )
        return logistic(math.fsum(terms))

    def _probed(self, features: NDArray[np.float32]) -> float:
        if len(features) != len(self.probe):
            raise SetupError(
                f"the calibration weighs {len(self.probe)} features, but {self.encoder} gives "
                f"{len(features)}: it has been edited. Fit it again: vsfa-data calibrate"
            )
        return float(features.astype("float64") @ self._weights)

    @cached_property
    def _weights(self) -> NDArray[np.float64]:
        """`probe` as an array: made once, not for each image."""
        import numpy as np

        return np.array(self.probe, np.float64)

    def _margins(self, cosines: NDArray[np.float64], threats: int) -> dict[str, float]:
        from vsfa_data.filter.margins import NAMES, margins

        return dict(zip(NAMES, margins(cosines, threats, self.temperature).tolist(), strict=True))

    def _by_margins(self, cosines: NDArray[np.float64], threats: int) -> float:
        found = self._margins(cosines, threats)
        if self.method == "isotonic":
            return _between(self.steps, found["soft_margin"])
        terms = (weight * found[name] for name, weight in self.weights.items())
        return logistic(math.fsum((self.intercept, *terms)))


def _between(points: Sequence[tuple[float, float]], x: float) -> float:
    """The line through `points`, flat beyond the first and the last."""
    after = bisect_right([place for place, _ in points], x)
    if after in (0, len(points)):
        return points[min(after, len(points) - 1)][1]
    (x0, y0), (x1, y1) = points[after - 1 : after + 1]
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)


def logistic(log_odds: float) -> float:
    """Probability 0..1 of log odds."""
    if log_odds >= 0:
        return 1.0 / (1.0 + math.exp(-log_odds))
    return math.exp(log_odds) / (1.0 + math.exp(log_odds))
