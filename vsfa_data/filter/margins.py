"""A few numbers that say how much nearer an image is to a threat than to all that is neutral."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

NAMES: Final = ("margin", "soft_margin", "prominence")
"""What `margins` gives, in order; more of each speaks for a threat."""


def margins(cosines: NDArray[np.float64], threats: int, temperature: float) -> NDArray[np.float64]:
    """Cosines with all concepts, float64[c], the first `threats` of them threats -> float64[3].

    `margin` is the nearest threat's cosine less the nearest neutral one's; `soft_margin` the same
    with the log-mean-exp at `temperature` in place of the maximum, so that several near concepts
    count; `prominence` the nearest threat's cosine less the mean of all. They need few labelled
    images, where a weight for each concept needs many.
    """
    threat, neutral = cosines[:threats], cosines[threats:]
    soft = _soft_maximum(threat, temperature) - _soft_maximum(neutral, temperature)
    return np.array([threat.max() - neutral.max(), soft, threat.max() - cosines.mean()])


def _soft_maximum(values: NDArray[np.float64], temperature: float) -> float:
    top = float(values.max())
    return top + temperature * float(np.log(np.exp((values - top) / temperature).mean()))
