"""The score step's encoder on a GPU, against itself on a CPU."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.filter import models
from vsfa_data import pictures
from vsfa_data.filter.encoders.open_clip import OpenClipEncoder, OpenClipOptions
from vsfa_data.filter.feeding import Feed
from vsfa_data.filter.ready import MakeReady
from vsfa_data.resources import PACKAGE

pytestmark = pytest.mark.gpu
FILES = [path.read_bytes() for path in sorted((PACKAGE / "sample" / "images").glob("*.jpg"))]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.open_clip_folder(tmp_path_factory.mktemp("open_clip") / "clip")


def opened(folder: Path, **options: Any) -> OpenClipEncoder:
    given = {"model": f"local-dir:{folder}", **options}
    made = OpenClipEncoder(OpenClipOptions.model_validate(given))
    made.open()
    return made


def vectors(encoder: OpenClipEncoder) -> np.ndarray:
    return encoder.encode_images([pictures.decode(file) for file in FILES])


@pytest.mark.parametrize(("precision", "apart"), [("fp32", 1e-5), ("fp16", 5e-3), ("bf16", 3e-2)])
def test_vectors_are_those_of_a_cpu(clip: Path, precision: str, apart: float) -> None:
    expected = vectors(opened(clip, device="cpu"))
    encoder = opened(clip, device="auto", precision=precision)
    assert encoder.on_accelerator
    np.testing.assert_allclose(vectors(encoder), expected, atol=apart)
    texts = ["a photo of a rifle", "a duck"]
    theirs = opened(clip, device="cpu").encode_texts(texts)
    np.testing.assert_allclose(encoder.encode_texts(texts), theirs, atol=apart)


def test_the_number_of_decoders_changes_no_bit(clip: Path) -> None:
    encoder = opened(clip, device="cuda", precision="bf16", batch_size=16)
    files = [FILES[at % len(FILES)] for at in range(300)]
    found = []
    for count in (1, 3):
        feed = Feed.of(encoder, MakeReady(encoder.prepare), count)
        with feed.decoders:
            seen = list(feed.run(files))
        assert feed.slots is not None
        assert feed.slots.lend() is not None  # memory was shared
        found.append([(None if v is None else v.tobytes(), beside) for v, beside in seen])
    assert found[0] == found[1]
    assert len(found[0]) == 300


def test_a_batch_that_memory_does_not_hold_is_halved_until_it_fits(
    clip: Path, spare_mib: Callable[[float], None]
) -> None:
    expected = vectors(opened(clip, device="cpu"))
    spare_mib(400)
    encoder = opened(clip, device="cuda", batch_size=16_384)
    assert 1 <= encoder.batch_size < 16_384
    np.testing.assert_allclose(vectors(encoder), expected, atol=1e-5)
