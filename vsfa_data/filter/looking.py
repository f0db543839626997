"""What an encoder tells of an image, as one row: features, of which the first are its vector; mark.

One row, because what feeds an encoder knows of one array for each image.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vsfa_data.filter import marks

if TYPE_CHECKING:
    from vsfa_data.filter.encoder import Encoder


def look(encoder: Encoder, prepared: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
    """What `encoder.prepare` made of images -> float32[n, f + marks.DIMENSIONS], for `parted`."""
    vectors, telling = encoder.encode_marked(prepared)
    told = marks.marks(telling).astype(np.float32)
    return np.concatenate([features(vectors, telling), told], axis=1)


def parted(row: NDArray[np.float32]) -> tuple[NDArray[np.float32], bytes]:
    """The features and the mark of one row of `look`."""
    return row[: -marks.DIMENSIONS], row[-marks.DIMENSIONS :].astype(np.int8).tobytes()


def features(vectors: NDArray[np.float32], telling: NDArray[np.float32]) -> NDArray[np.float32]:
    """What `Encoder.encode_marked` gives of n images -> float32[n, f], the first d the vectors.

    What near-duplicates are told by, if it is another thing, shows more of an image than its vector
    does. It follows at the same length, each number's sign times the root of its size, so that a
    few large ones outweigh no others (Perronnin et al. 2010, doi:10.1007/978-3-642-15561-1_11).
    """
    if telling is vectors:
        return vectors
    roots = np.sign(telling) * np.sqrt(np.abs(telling))
    lengths = np.sqrt((roots * roots).sum(1, dtype=np.float64, keepdims=True))
    return np.concatenate([vectors, roots / np.maximum(lengths, 1e-12)], axis=1, dtype=np.float32)
