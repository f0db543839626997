"""What is told of an image in one row."""

from __future__ import annotations

import numpy as np

from vsfa_data.filter import looking, marks


def test_what_shows_more_follows_the_vector_by_roots_at_its_length() -> None:
    vectors = np.array([[0.6, 0.8], [1.0, 0.0]], np.float32)
    telling = np.array([[0.09, -0.16, 0.0], [0.0, 0.0, 0.0]], np.float32)
    found = looking.features(vectors, telling)
    np.testing.assert_allclose(found, [[0.6, 0.8, 0.6, -0.8, 0], [1, 0, 0, 0, 0]], atol=1e-6)
    assert found.dtype == np.float32
    assert np.array_equal(looking.features(vectors[:1], telling[:1]), found[:1])
    assert looking.features(vectors, vectors) is vectors


def test_a_row_comes_apart_as_it_was_put_together() -> None:
    vectors = np.eye(3, 8, dtype=np.float32)

    class Encoder:
        def encode_marked(self, prepared: list[int]) -> tuple[np.ndarray, np.ndarray]:
            seen = vectors[prepared]
            return seen, seen

    rows = looking.look(Encoder(), [2, 0])
    for row, at in zip(rows, (2, 0), strict=True):
        features, mark = looking.parted(row)
        assert np.array_equal(features, vectors[at])
        assert mark == marks.marks(vectors[at : at + 1])[0].tobytes()
