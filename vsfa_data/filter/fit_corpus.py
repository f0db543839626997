"""The images that the embedded encoder's calibration is fitted on, with their labels."""

from __future__ import annotations

import csv
import hashlib
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from vsfa_data import resources
from vsfa_data.filter import fit_labels
from vsfa_data.filter.clusters import near_duplicates
from vsfa_data.filter.fit_labels import label

if TYPE_CHECKING:
    from PIL.Image import Image

NEUTRAL: Final = 1500
"""Neutral drawings that are drawn, at most."""
STAMPS: Final = "stamps"
"""What the paths of tuxpaint's stamps begin with in the rules."""
SIDE_PX: Final = (64, 512)
"""Shortest side of a drawing that is used; longest side, to which larger ones are scaled."""
MAX_PIXELS: Final = 80_000_000
"""Larger drawings are left out: a few are hundreds of megapixels."""


class Drawing(NamedTuple):
    """A labelled image of the corpus: its name in the rules, what it shows, where it lies."""

    path: str
    label: str
    file: Path

    @property
    def threat(self) -> bool:
        """Whether it shows a threat."""
        return self.label != fit_labels.NEUTRAL


def drawings(root: Path, stamps: Path | None = None) -> list[Drawing]:
    """All threat drawings, then NEUTRAL neutral ones at most, drawn by the hash of their path.

    `root` holds openclipart, `stamps` the stamps of tuxpaint. The sample that ships with the
    toolkit is left out, and so is all that is near a drawing that was listed before it (the same
    drawing lies in several folders) or near the sample's.
    """
    files = {str(file.relative_to(root)): file for file in sorted(root.rglob("*.png"))}
    if stamps is not None:
        found = sorted(stamps.rglob("*.png"))
        files |= {f"{STAMPS}/{file.relative_to(stamps)}": file for file in found}
    labelled = [Drawing(path, label(path) or "", file) for path, file in files.items()]
    shipped = [one for one in labelled if one.path in _sample()]
    threats = [one for one in labelled if one.label and one.threat]
    neutral = [one for one in labelled if one.label and not one.threat]
    neutral.sort(key=lambda one: draw(one.path))
    listed = [one for one in (*shipped, *threats, *neutral[: 2 * NEUTRAL]) if _fits(one.file)]
    hashes = np.array([_phash(one.file) for one in listed], np.uint64)
    first = near_duplicates(hashes)
    kept = [one for at, one in enumerate(listed) if first[at] == at and one not in shipped]
    return [one for one in kept if one.threat] + [one for one in kept if not one.threat][:NEUTRAL]


def picture(file: Path) -> Image:
    """The drawing on white, RGB, its longest side at most 512 px."""
    from PIL import Image as Pillow

    with Pillow.open(file, formats=("PNG",)) as opened:
        image = opened.convert("RGBA")
    white = Pillow.new("RGBA", image.size, "white")
    white.alpha_composite(image)
    white.thumbnail((SIDE_PX[1], SIDE_PX[1]), Pillow.Resampling.LANCZOS)
    return white.convert("RGB")


def draw(path: str) -> str:
    """Hex digits that put drawings into an order and into folds."""
    return hashlib.sha256(f"0:fit:{path}".encode()).hexdigest()


def _sample() -> frozenset[str]:
    """source_ref of the pictures that ship with the toolkit."""
    file = resources.PACKAGE / "sample" / "sample.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        return frozenset(row["source_ref"] for row in csv.DictReader(stream))


def _fits(file: Path) -> bool:
    """Whether the drawing has a usable size."""
    from PIL import Image as Pillow

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)  # MAX_PIXELS deals with it
        with Pillow.open(file, formats=("PNG",)) as image:
            short, long = sorted(image.size)
    return short >= SIDE_PX[0] and long <= 8 * short and long * short <= MAX_PIXELS


def _phash(file: Path) -> int:
    from vsfa_data.collect import phash

    return int(phash.of(picture(file)), 16)
