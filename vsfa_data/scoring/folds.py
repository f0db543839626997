"""Which labelled pictures are held out together: near-duplicates are, as a selection has them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from vsfa_data.scoring.reading import Seen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

INNER: Final = 5
"""Parts of the pictures outside a fold, by which `auto` chooses a method for that fold."""
_ALIKE: Final = ("phash", "mark")


def clusters(seen: Sequence[Seen], cosine: float | None) -> list[int]:
    """For each usable picture the place of the first one of its near-duplicate cluster.

    By perceptual hashes, and by marks whose cosine reaches `cosine` (None: hashes alone).
    """
    from vsfa_data.filter import duplicates

    known: dict[str, list[Any]] = {name: [getattr(one, name) for one in seen] for name in _ALIKE}
    return duplicates.clusters(known, cosine)


def drawn(
    purpose: str, names: Sequence[str], cluster: Sequence[int], folds: int
) -> NDArray[np.int64]:
    """Fold of each picture, drawn by the hash of its path; a `cluster` shares its first one's."""
    import numpy as np

    hashes = (hashlib.sha256(f"{purpose}:{name}".encode()).hexdigest() for name in names)
    own = [int(one, 16) % folds for one in hashes]
    return np.array([own[first] for first in cluster], np.int64)


def one_sided(
    y: NDArray[np.float64], fold: NDArray[np.int64], inner: NDArray[np.int64] | None
) -> bool:
    """Whether nothing could be fitted without some fold, or without a fold and an inner part."""
    import numpy as np

    for one in np.unique(fold):
        left = fold != one
        parts = [left]
        if inner is not None:
            parts += [left & (inner != part) for part in np.unique(inner[left])]
        if any(len(np.unique(y[rows])) < 2 for rows in parts):
            return True
    return False
