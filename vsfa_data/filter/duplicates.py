"""Which images are near-duplicates: by their perceptual hashes, and by a model's eyes."""

from __future__ import annotations

import numpy as np

from vsfa_data.filter import marks
from vsfa_data.filter.clusters import near_duplicates
from vsfa_data.filter.fitness import Columns


def clusters(columns: Columns, cosine: float | None) -> list[int]:
    """For each row that of the first image of its near-duplicate cluster.

    `columns` has `phash` and `mark`. Images are in one cluster if their hashes say so, or if their
    marks' cosine reaches `cosine` (None: hashes alone), or by any chain of such.
    """
    first = near_duplicates(np.array([int(text, 16) for text in columns["phash"]], np.uint64))
    if cosine is not None and len(first):
        told = np.frombuffer(b"".join(columns["mark"]), np.int8)
        first = marks.joined(first, *marks.near_pairs(told.reshape(len(first), -1), cosine))
    found: list[int] = first.tolist()
    return found
