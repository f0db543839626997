"""Near-duplicates by embedding."""

from __future__ import annotations

import time

import numpy as np
import pytest
from numpy.typing import NDArray

from vsfa_data.filter.marks import DIMENSIONS, joined, marks, near_pairs


def unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def random(count: int, dimension: int = 384, seed: int = 0) -> NDArray[np.float32]:
    return unit(np.random.default_rng(seed).normal(size=(count, dimension)))


def close_to(vectors: NDArray[np.float32], cosine: float, seed: int = 1) -> NDArray[np.float32]:
    """Vectors at that cosine from the given ones, in random directions."""
    noise = random(len(vectors), vectors.shape[1], seed).astype(np.float64)
    noise -= (noise * vectors).sum(1, keepdims=True) * vectors
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    return unit(cosine * vectors + np.sqrt(1 - cosine**2) * noise)


def clusters(vectors: NDArray[np.float32], cosine: float) -> list[int]:
    found: list[int] = joined(np.arange(len(vectors)), *near_pairs(marks(vectors), cosine)).tolist()
    return found


def test_a_mark_is_small_and_depends_on_its_vector_alone() -> None:
    vectors = random(50)
    found = marks(vectors)
    assert (found.dtype, found.shape) == (np.int8, (50, DIMENSIONS))
    assert np.array_equal(marks(vectors[7:9]), found[7:9])
    assert np.abs(found).max() < 127
    assert hashes(found) == hashes(marks(vectors.copy()))


def hashes(found: NDArray[np.int8]) -> list[int]:
    return [hash(row.tobytes()) for row in found]


@pytest.mark.parametrize(("apart", "same"), [(0.99, 200), (0.9, 0)])
def test_pictures_that_can_hardly_be_told_apart_are_one_cluster(apart: float, same: int) -> None:
    vectors = random(200)
    both = np.concatenate([vectors, close_to(vectors, apart)])
    found = clusters(both, 0.95)
    assert found[:200] == list(range(200))
    assert abs(sum(one < 200 for one in found[200:]) - same) <= 4


def test_chains_and_equal_marks_make_clusters_of_any_size() -> None:
    centre = random(1)
    crowd = np.concatenate(
        [np.repeat(centre, 40, axis=0), close_to(np.repeat(centre, 30, 0), 0.99)]
    )
    found = clusters(np.concatenate([random(5, seed=9), crowd]), 0.95)
    assert found == [0, 1, 2, 3, 4, *[5] * 70]


def test_two_crowds_that_are_near_each_other_are_one_cluster() -> None:
    """All of a picture's nearest are of its own crowd, and yet others are near enough."""
    scene = np.concatenate([random(1), close_to(random(1), 0.97)])
    crowds = [close_to(np.repeat(one[None], 60, 0), 0.9998, seed) for seed, one in enumerate(scene)]
    assert clusters(np.concatenate([*crowds, random(40, seed=5)]), 0.95)[:120] == [0] * 120


def test_crowds_one_after_the_other_are_found_whole_in_any_order() -> None:
    seen = np.concatenate([close_to(np.repeat(one[None], 40, 0), 0.99) for one in random(60)])
    told = marks(seen)
    assert len(set(clusters(seen, 0.95))) == 60
    back = {tuple(sorted(pair)) for pair in zip(*near_pairs(told[::-1], 0.95), strict=True)}
    there = {tuple(sorted(pair)) for pair in zip(*near_pairs(told, 0.95), strict=True)}
    assert {tuple(sorted((2399 - a, 2399 - b))) for a, b in back} == there


def test_what_was_one_cluster_by_its_hash_stays_one() -> None:
    first = np.array([0, 1, 0, 3, 4])
    assert joined(first, np.array([3]), np.array([2])).tolist() == [0, 1, 0, 0, 4]
    assert joined(first, np.array([], int), np.array([], int)).tolist() == first.tolist()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_images(count: int) -> None:
    assert clusters(random(count), 0.95) == list(range(count))
    assert clusters(np.repeat(random(1), count, 0), 0.95) == [0] * count


def test_time_does_not_grow_with_the_square() -> None:
    seconds = []
    for count in (500, 4_000):
        found = marks(random(count, 128))
        start = time.process_time()
        near_pairs(found, 0.95)
        seconds.append(time.process_time() - start)
    assert seconds[1] < 30 * seconds[0]
