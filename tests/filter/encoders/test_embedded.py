"""ConSE."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageOps

from tests.embedded.sample import picture
from vsfa_data import embedded
from vsfa_data.errors import UserError
from vsfa_data.filter.drawings import branch
from vsfa_data.filter.encoders.embedded import EmbeddedEncoder, EmbeddedOptions, conse, together


def test_conse_is_the_weighted_mean_of_the_ten_best() -> None:
    classes = np.eye(12, dtype=np.float32)
    weights = np.array([0.3, *[0.1] * 5, 0.05, 0.05, 0.04, 0.03, 0.02, 0.01], np.float32)
    rows = conse(np.stack([weights, weights[::-1]]), classes)
    best = np.where(np.arange(12) < 10, weights, 0.0)
    np.testing.assert_allclose(rows[0], best / np.linalg.norm(best), atol=1e-6)
    np.testing.assert_allclose(rows[1], rows[0][::-1], atol=1e-7)
    assert rows.dtype == np.float32


def test_of_equally_probable_classes_the_first_ten_count() -> None:
    (row,) = conse(np.full((1, 20), 0.05, np.float32), np.eye(20, dtype=np.float32))
    assert np.flatnonzero(row).tolist() == list(range(10))


def test_what_is_added_counts_as_much() -> None:
    one, other = np.eye(3, dtype=np.float32)[:2], np.eye(3)[1:]
    np.testing.assert_allclose(together(one, other), (one + other) / np.sqrt(2.0), atol=1e-7)
    half = (one + 0.5 * other) / np.sqrt(1.25)
    np.testing.assert_allclose(together(one, other, 0.5), half, atol=1e-7)


def test_identity_names_method_and_all_models() -> None:
    assert EmbeddedEncoder(EmbeddedOptions()).identity == (
        "conse top-10 views-2 temperature-1.5 drawings-1 4; "
        f"{embedded.CLASSIFIER_IDENTITY}; {embedded.TEXT_IDENTITY}; "
        f"drawings sha256:{branch.SHA256}"
    )


def test_a_rifle_is_nearer_to_the_word_than_a_duck(encoder: EmbeddedEncoder) -> None:
    texts = encoder.encode_texts(["a rifle", "a duck on a pond"])
    images = encoder.encode_images([picture("firearms-m16-rifle.png"), picture("animals-duck.jpg")])
    assert (images @ texts.T).argmax(1).tolist() == [0, 1]


def test_a_mirror_image_has_the_same_vector(encoder: EmbeddedEncoder) -> None:
    image = picture("firearms-m16-rifle.png")
    one, other = encoder.encode_images([image, ImageOps.mirror(image)])
    np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_text_that_would_be_cut_is_named(encoder: EmbeddedEncoder) -> None:
    fits, long = "枪" * 254, "枪" * 300
    assert encoder.encode_texts([fits]).shape == (1, 384)
    with pytest.raises(UserError, match=r"reads 256 tokens, but '枪{60}' has 302: shorten that"):
        encoder.encode_texts([fits, long])
