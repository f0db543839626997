"""What controls are matched on: plain properties of the picture that say nothing of its subject."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

_THOUSANDTHS: Final = tuple(np.int32(weight) for weight in (299, 587, 114))


def covariates(image: Image) -> dict[str, float]:
    """Columns `aspect`, `brightness`, `colourfulness` and `detail` of SCORES for an RGB image.

    Rounded to 6 decimals. Luma is that of ITU-R BT.601, gamma-encoded as stored.
    """
    red, green, blue = (np.asarray(channel).astype(np.int16) for channel in image.split())
    # Whole numbers: exact in any order of summation, and three times as fast as float32.
    luma = _THOUSANDTHS[0] * red + _THOUSANDTHS[1] * green + _THOUSANDTHS[2] * blue
    values = {
        "aspect": image.width / image.height,
        "brightness": int(luma.sum(dtype=np.int64)) / luma.size / 255_000,
        "colourfulness": _colourfulness(red - green, red + green - 2 * blue),
        "detail": (_step(luma, 0) + _step(luma, 1)) / 2,
    }
    return {name: round(value, 6) for name, value in values.items()}


def _colourfulness(red_green: NDArray[Any], twice_yellow_blue: NDArray[Any]) -> float:
    """M(3) of Hasler and Suesstrunk, Measuring colourfulness in natural images (2003)."""
    (rg, rg_spread), (yb, yb_spread) = _moments(red_green), _moments(twice_yellow_blue)
    spread, centre = rg_spread + yb_spread / 4, rg**2 + (yb / 2) ** 2
    return math.sqrt(spread) + 0.3 * math.sqrt(centre)


def _moments(values: NDArray[Any]) -> tuple[float, float]:
    """Mean and variance of whole numbers: the sums behind them are exact in float64."""
    flat = values.ravel().astype(np.float64)
    mean = float(flat.sum()) / flat.size
    return mean, max(0.0, float(flat @ flat) / flat.size - mean**2)


def _step(luma: NDArray[np.int32], axis: int) -> float:
    """Mean absolute difference of neighbours along `axis`, 0..1; 0 where there are none."""
    if luma.shape[axis] < 2:
        return 0.0
    steps = np.abs(np.diff(luma, axis=axis))
    return int(steps.sum(dtype=np.int64)) / steps.size / 255_000
