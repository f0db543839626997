"""The cosine from which pictures are near-duplicates, measured on copies."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vsfa_data import resources
from vsfa_data.filter import marks
from vsfa_data.filter.encoders.embedded import EmbeddedEncoder, EmbeddedOptions
from vsfa_data.scoring import copies
from vsfa_data.scoring.run import File

PHOTOGRAPHS = resources.PACKAGE / "sample" / "images"


def test_copies_are_found_and_strangers_are_not() -> None:
    near, far = [0.99] * 95 + [0.9] * 5, [0.5] * 100
    found = copies.threshold(near, far)
    assert found == 0.9  # of all copies: 95 in 100 are nearer than the least
    assert copies.threshold(near, [0.5] * 90 + [0.95] * 10) == 0.95  # rather miss than confuse
    assert copies.threshold(near, [0.999] * 100) is None  # a model that tells nothing apart
    assert copies.threshold([], far) is None
    assert copies.threshold(near, []) is None


def test_strangers_are_those_with_another_hash() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(3, 64)).astype(np.float32)
    vectors[1] = vectors[0]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    told = list(marks.marks(vectors))
    nearest = copies.strangers(told, [0, 1, 2**63 - 1])  # the first two differ in one bit
    assert max(nearest) < 0.9
    assert copies.strangers(told, [0, 2**32 - 1, 2**64 - 1])[0] == pytest.approx(1.0)
    assert copies.strangers([], []) == []


def test_a_copy_is_what_others_would_post_again() -> None:
    image = Image.new("RGB", (40, 20), "red")
    assert [one.size for one in copies.copies(image)] == [(40, 20), (20, 10), (36, 18)]
    assert [one.size for one in copies.copies(Image.new("RGB", (1, 1)))] == [(1, 1)] * 3


def test_measured_on_photographs(tmp_path: Path) -> None:
    encoder = EmbeddedEncoder(EmbeddedOptions())
    encoder.open()
    chosen = sorted(PHOTOGRAPHS.glob("animals-*.jpg"))[:3]
    files = [File(one.name, os.fsencode(one)) for one in chosen]
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    found = copies.near_duplicate_cosine(encoder, [*files, File("bad.png", os.fsencode(bad))])
    assert found is not None
    assert 0.5 < found < 1.0
    assert found == copies.near_duplicate_cosine(encoder, files[::-1])
