"""What every encoder must keep to."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ImageOps

from tests.embedded.sample import picture
from tests.filter import models
from vsfa_data import parts
from vsfa_data.filter.encoder import Encoder

NAMES = ("animals-duck.jpg", "blades-sword.png", "firearms-m16-rifle.png")
OPTIONS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "embedded": lambda _: {},
    "open_clip": lambda folder: {
        "model": f"local-dir:{models.open_clip_folder(folder / 'clip')}", "device": "cpu",
    },
    "transformers": lambda folder: {
        "model": f"local-dir:{models.transformers_folder(folder / 'siglip', 'siglip')}",
        "device": "cpu",
    },
}  # fmt: skip


def test_every_encoder_is_held_to_the_contract() -> None:
    assert sorted(OPTIONS) == list(parts.names("encoders"))


@pytest.fixture(scope="module", params=sorted(OPTIONS))
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    kind = parts.load("encoders", request.param)
    options = kind.Options(**OPTIONS[request.param](tmp_path_factory.mktemp("models")))
    encoder: Encoder = kind(options)
    assert encoder.identity == kind(options).identity  # known before opening
    encoder.require()
    encoder.open()
    return encoder


def test_images_are_unit_vectors_on_their_own(opened: Encoder) -> None:
    images = [picture(name) for name in NAMES]
    vectors = opened.encode_images(images)
    assert vectors.dtype == np.float32
    assert vectors.shape[0] == 3
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert np.array_equal(opened.encode_images(images), vectors)
    assert np.array_equal(opened.encode_images(images[2:0:-1]), vectors[2:0:-1])
    assert not np.allclose(vectors[0], vectors[1], atol=1e-4)


def test_what_near_duplicates_are_found_by_are_unit_vectors_too(opened: Encoder) -> None:
    images = [picture(name) for name in NAMES]
    prepared = [opened.prepare(image) for image in (*images, ImageOps.mirror(images[1]))]
    vectors, telling = opened.encode_marked(prepared)
    assert np.array_equal(vectors, opened.encode_prepared(prepared))
    np.testing.assert_allclose(np.linalg.norm(telling, axis=1), 1.0, atol=1e-5)
    if (cosine := opened.near_duplicate_cosine) is not None:
        assert telling[1] @ telling[3] > cosine
        assert max(telling[0] @ telling[1], telling[1] @ telling[2]) < cosine


def test_company_in_a_batch_changes_nothing(opened: Encoder) -> None:
    first, *others = (picture(name) for name in NAMES)
    alone = opened.encode_images([first])
    many = opened.encode_images([*others * opened.batch_size, first])
    assert np.array_equal(many[-1:], alone)


def test_preparing_is_apart_from_the_model(opened: Encoder) -> None:
    image = picture(NAMES[0])
    seen = opened.prepare(image)
    assert np.array_equal(opened.encode_prepared([seen]), opened.encode_images([image]))
    if opened.prepare_elsewhere:
        elsewhere = pickle.loads(pickle.dumps(opened.prepare))  # noqa: S301  our own
        assert np.array_equal(elsewhere(image), seen)


def test_texts_share_the_images_space(opened: Encoder) -> None:
    texts = ["a rifle", "a duck on a pond"]
    vectors = opened.encode_texts(texts)
    assert vectors.dtype == np.float32
    assert vectors.shape == (2, opened.encode_images([picture(NAMES[0])]).shape[1])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert np.array_equal(opened.encode_texts(texts[1:])[0], vectors[1])


def test_nothing_in_gives_nothing_out(opened: Encoder) -> None:
    assert len(opened.encode_images([])) == 0
    assert len(opened.encode_texts([])) == 0


def test_a_scale_for_softmax_is_given(opened: Encoder) -> None:
    assert opened.logit_scale > 0
    assert isinstance(opened.logit_bias, float)
