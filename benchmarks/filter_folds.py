"""How far the embedded threat score carries: ROC AUC where ever more of what is alike is held out.

The folds of the shipped calibrations (near-duplicates together), then what lies in one folder under
one name but for its number, then whole folders. The method `probe` is held against the soft margin,
which is fitted to nothing, and against the method `concepts`. Takes some five minutes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.row import Row

if TYPE_CHECKING:
    from numpy.typing import NDArray

OPENCLIPART: Final = Path("/usr/share/openclipart/png")
STAMPS: Final = Path("/usr/share/tuxpaint/stamps")
SETS: Final = ("default", "threats")


def measure() -> Iterator[Row]:
    """Three ways of holding out, for each concept set that has a calibration."""
    from vsfa_data.filter import concepts, fit_embedded, fitting, regression
    from vsfa_data.filter.margins import NAMES, margins
    from vsfa_data.filter.scorer import Cosines

    seen = fit_embedded.see(OPENCLIPART, STAMPS)
    paths = [PurePosixPath(one.path) for one in seen.drawings]
    groups = {
        "series": [f"{path.parent}/{_series(path.stem)}" for path in paths],
        "folder": [str(path.parent) for path in paths],
    }
    for name in SETS:
        images = fit_embedded.labelled(seen, Cosines(seen.encoder, concepts.load(name)))
        at = NAMES.index("soft_margin")
        rows = (margins(row, images.threats, images.temperature) for row in images.cosines)
        soft = regression.auc(np.array([row[at] for row in rows]), images.y)
        folds = {one: _folds(keys, images.y) for one, keys in groups.items()}
        for held, fold in {"near-duplicates": images.fold, **folds}.items():
            of = replace(images, fold=fold)
            probe, weights = (
                regression.auc(fitting.held_out(of, method), of.y)
                for method in ("probe", "concepts")
            )
            what = f"{name}, {held} together: ROC AUC, probe"
            yield Row(f"{what} / soft margin alone", probe, soft, "", ">= 1")
            yield Row(f"{what} / weights of concepts", probe, weights, "", ">= 1")


def _series(stem: str) -> str:
    """A name without its numbers."""
    return re.sub(r"\d+", "", re.sub(r"_\d+$", "", stem.lower()))


def _folds(keys: Sequence[str], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """Five folds with about as many threats and images each; images of one key share a fold."""
    threats, count = defaultdict[str, float](float), defaultdict[str, int](int)
    for key, threat in zip(keys, y, strict=True):
        threats[key] += threat
        count[key] += 1
    held, fold = np.zeros((5, 2)), dict[str, int]()
    for key in sorted(count, key=lambda key: (-threats[key], -count[key], key)):
        order = range(2) if threats[key] else range(1, 2)
        fold[key] = min(range(5), key=lambda one: tuple(held[one, at] for at in order))
        held[fold[key]] += threats[key], count[key]
    return np.array([fold[key] for key in keys], np.int64)
