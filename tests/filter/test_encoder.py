"""What every encoder must keep to."""

from __future__ import annotations

import numpy as np
import pytest

from tests.test_embedded import picture
from vsfa_data import parts
from vsfa_data.filter.encoder import Encoder


@pytest.fixture(scope="module", params=parts.names("encoders"))
def opened(request: pytest.FixtureRequest) -> Encoder:
    kind = parts.load("encoders", request.param)
    encoder: Encoder = kind(kind.Options())
    assert encoder.identity == kind(kind.Options()).identity  # known before opening
    encoder.open()
    return encoder


def test_images_are_unit_vectors_on_their_own(opened: Encoder) -> None:
    names = ("animals-duck.jpg", "blades-sword.png", "firearms-m16-rifle.png")
    images = [picture(name) for name in names]
    vectors = opened.encode_images(images)
    assert vectors.dtype == np.float32
    assert vectors.shape[0] == 3
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert np.array_equal(opened.encode_images(images), vectors)
    assert np.array_equal(opened.encode_images(images[2:0:-1]), vectors[2:0:-1])


def test_texts_share_the_images_space(opened: Encoder) -> None:
    texts = ["a rifle", "a duck on a pond"]
    vectors = opened.encode_texts(texts)
    images = opened.encode_images([picture("firearms-m16-rifle.png"), picture("animals-duck.jpg")])
    assert vectors.dtype == np.float32
    assert vectors.shape == images.shape
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert np.array_equal(opened.encode_texts(texts[1:])[0], vectors[1])
    assert (images @ vectors.T).argmax(1).tolist() == [0, 1]


def test_nothing_in_gives_nothing_out(opened: Encoder) -> None:
    assert len(opened.encode_images([])) == 0
    assert len(opened.encode_texts([])) == 0


def test_a_scale_for_softmax_is_given(opened: Encoder) -> None:
    assert opened.logit_scale > 0
