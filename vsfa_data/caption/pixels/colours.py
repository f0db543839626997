"""Colours as people name them: pixels in OKLab, each given the name of its nearest prototype.

The names are the eleven basic colour terms of English (Berlin and Kay 1969) with beige and
turquoise. Distances are Euclidean in OKLab (Ottosson 2020, bottosson.github.io/posts/oklab),
where equal distances look about equally different; black to white is 1.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

PROTOTYPES: Final = {
    "black": "000000 101010 1c1c1c 2a2a2a 1c1c28 201812 122018",
    "grey": "484848 606060 808080 a0a0a0 b8b8b8 cccccc d6d6d6 5c6470 708090 8c8f94 9a958c b0b4bc",
    "white": "ffffff f8f8f8 f0f0f0 fffff2 f4f8ff fff6f4",
    "red": "ff0000 e00000 c81818 b01010 900808 dc143c b22222 ff3a28 cd4038 6c0404",
    "orange": "ff8000 ff9010 ffa500 e87400 d86810 ff6a1c ff9c4a e08a2c ffb040",
    "yellow": "ffff00 ffe800 ffd700 f0d840 ffff80 fff4a0 e8c820 d0b800 ffcc10",
    "green": (
        "008000 00ff00 00c000 006400 90ee90 2e8b57 6b8e23 808000 556b2f 9acd32 32cd32 304820 "
        "5c7040 3cb371 a8c890 8fbc8f 1c3c1c 00ff7f adff2f 98d070 d0f0c0"
    ),
    "turquoise": "40e0d0 00ced1 00a8a8 20b2aa 008080 7fe8e0 00ffff afeeee 48a8a0 106868",
    "blue": (
        "0000ff 0000c0 000080 1e90ff 4169e1 4682b4 87ceeb 6495ed 5078a0 304878 101c50 add8e6 "
        "6a5acd 00bfff 88a8cc b8d0f0 203c60 2050a0"
    ),
    "purple": "800080 9932cc 4b0082 8a2be2 9370db b090d8 702878 c8a0e0 603070 3c1450 b060c0 a040a0",
    "pink": "ffc0cb ff69b4 ff1493 ff00ff ffb0c8 f090b0 e060a0 ffd0e0 ee82ee d87898 f4a8a8 e8b8d0",
    "brown": (
        "8b4513 654321 a0522d 5c3317 7a5230 96693c 4a2c14 a87848 704c38 3c2410 b87333 8b5a2b "
        "9a6a58 805040 604838 bc8f8f"
    ),
    "beige": "f5f5dc d2b48c e8d5b0 f0e0c8 dcc8a0 c8b090 f5deb3 ffe4c4 e0c8b8 ffdab9 d8c8b0 c4b098",
}
"""Name -> sRGB colours that bear it. Chosen by eye; checked against the CSS colour names."""


_BLOCK: Final = 512
"""Pixels whose distances from all prototypes fit into the caches of a core."""


def to_oklab(srgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Turn sRGB uint8[..., 3] into OKLab float64[..., 3]: lightness 0..1, then a and b, +-0.4."""
    value = srgb.astype(np.float64) / 255.0
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    to_lms = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    to_lab = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    lab: NDArray[np.float64] = np.cbrt(linear @ to_lms.T) @ to_lab.T
    return lab


def names_of(oklab: NDArray[np.float64]) -> NDArray[np.str_]:
    """OKLab float64[n, 3] -> names[n], each that of the nearest prototype."""
    names: NDArray[np.str_] = np.array(list(PROTOTYPES))[_nearest(oklab)]
    return names


def shares(oklab: NDArray[np.float64]) -> dict[str, float]:
    """OKLab float64[n, 3] -> share of the pixels (0..1) by name, largest first, ties by name."""
    counts = np.bincount(_nearest(oklab), minlength=len(PROTOTYPES)).tolist()
    order = sorted((-count, name) for name, count in zip(PROTOTYPES, counts, strict=True) if count)
    return {name: -count / len(oklab) for count, name in order}


def _nearest(oklab: NDArray[np.float64]) -> NDArray[np.int64]:
    """OKLab float64[n, 3] -> int64[n], places in PROTOTYPES of the nearest prototypes' names."""
    places, points = _prototypes()
    squares, twice = (points**2).sum(1), 2.0 * points.T
    found = np.empty(len(oklab), np.int64)
    for start in range(0, len(oklab), _BLOCK):
        some = slice(start, start + _BLOCK)
        # |x - p|^2 less the |x|^2 that all prototypes share.
        found[some] = (squares - oklab[some] @ twice).argmin(1)
    nearest: NDArray[np.int64] = places[found]
    return nearest


@cache
def _prototypes() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Places of their names in PROTOTYPES, and their colours."""
    listed = enumerate(PROTOTYPES.values())
    pairs = [(place, code) for place, codes in listed for code in codes.split()]
    srgb = np.array([list(bytes.fromhex(code)) for _, code in pairs], dtype=np.uint8)
    return np.array([place for place, _ in pairs]), to_oklab(srgb)
