from __future__ import annotations

import numpy as np

from vsfa_data.filter import marks
from vsfa_data.scoring import folds
from vsfa_data.scoring.reading import Seen


def seen(hashes: list[int], vectors: np.ndarray) -> list[Seen]:
    unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    told = zip(hashes, marks.marks(unit), strict=True)
    return [Seen(None, None, f"{one:016x}", mark.tobytes()) for one, mark in told]


def test_near_duplicates_are_held_out_together_by_hash_and_by_embedding() -> None:
    """0 to 19 are pictures, the next twenty have their hashes, the last twenty their vectors."""
    rng = np.random.default_rng(0)
    hashes = [int(one) for one in rng.integers(0, 2**63, 60)]
    hashes[20:40] = [one ^ 1 for one in hashes[:20]]
    vectors = rng.normal(size=(60, 64))
    vectors[40:] = vectors[:20] + 0.01
    names = [f"{at}.png" for at in range(60)]
    known = seen(hashes, vectors)
    both = folds.clusters(known, 0.95)
    assert both == [*range(20)] * 3
    assert folds.clusters(known, None)[40:] == [*range(40, 60)]
    found = folds.drawn("fold", names, both, 5).reshape(3, 20)
    assert (found == found[0]).all()
    assert len(set(found[0].tolist())) > 1
    assert (folds.drawn("inner", names, both, 5).reshape(3, 20) != found).any()


def test_folds_of_which_one_holds_all_of_a_kind_are_told() -> None:
    y, inner = np.array([1.0, 1, 0, 0, 1, 1, 0, 0]), np.array([0, 1, 0, 1, 0, 1, 0, 1])
    assert not folds.one_sided(y, np.array([0, 0, 0, 0, 1, 1, 1, 1]), inner)
    assert folds.one_sided(y, np.array([0, 0, 1, 1, 0, 0, 1, 1]), inner)
    assert folds.one_sided(y, np.zeros(8, np.int64), inner)
    parts = np.array([0, 0, 1, 1, 0, 1, 0, 1])  # without fold 1, part 0 holds all threats
    assert folds.one_sided(y, np.array([0, 0, 0, 0, 1, 1, 1, 1]), parts)
    assert not folds.one_sided(y, np.array([0, 0, 0, 0, 1, 1, 1, 1]), None)
