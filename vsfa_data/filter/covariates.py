"""What controls are matched on: plain properties of the picture that say nothing of its subject."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image


def covariates(image: Image) -> dict[str, float]:
    """Columns `aspect`, `brightness`, `colourfulness` and `detail` of SCORES for an RGB image.

    Rounded to 6 decimals. Luma is that of ITU-R BT.601, gamma-encoded as stored.
    """
    pixels = np.asarray(image, dtype=np.float32)
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    luma = (0.299 * red + 0.587 * green + 0.114 * blue) / np.float32(255.0)
    values = {
        "aspect": image.width / image.height,
        "brightness": float(luma.mean(dtype=np.float64)),
        "colourfulness": _colourfulness(red - green, (red + green) / 2 - blue),
        "detail": (_step(luma, 0) + _step(luma, 1)) / 2,
    }
    return {name: round(value, 6) for name, value in values.items()}


def _colourfulness(red_green: NDArray[Any], yellow_blue: NDArray[Any]) -> float:
    """M(3) of Hasler and Suesstrunk, Measuring colourfulness in natural images (2003)."""
    spread = red_green.var(dtype=np.float64) + yellow_blue.var(dtype=np.float64)
    centre = red_green.mean(dtype=np.float64) ** 2 + yellow_blue.mean(dtype=np.float64) ** 2
    return float(np.sqrt(spread) + 0.3 * np.sqrt(centre))


def _step(luma: NDArray[np.float32], axis: int) -> float:
    """Mean absolute difference of neighbours along `axis`; 0 where there are none."""
    if luma.shape[axis] < 2:
        return 0.0
    return float(np.abs(np.diff(luma, axis=axis)).mean(dtype=np.float64))
