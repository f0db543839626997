"""Files of strangers as an encoder sees them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from tests.filter.rows import SAMPLE
from vsfa_data import pictures
from vsfa_data.filter.resizing import Resizing
from vsfa_data.scoring.reading import ReadPicture

READ = ReadPicture(Resizing(32, "squash", "bicubic"))


def test_a_picture_is_what_a_build_would_make_of_it() -> None:
    file = SAMPLE / "pets-kitten.jpg"
    pixels, seen = READ(os.fsencode(file))
    assert pixels is not None
    assert np.array_equal(pixels, READ.prepare(pictures.decode(file.read_bytes())))
    assert (seen.reason, seen.detail) == (None, None)
    assert seen.phash is not None
    assert len(seen.phash) == 16


def test_what_is_no_picture_has_a_reason(folder: Path) -> None:
    reasons = {}
    for name in ("notes.txt", "cut.jpg", "none.png"):
        pixels, seen = READ(os.fsencode(folder / name))
        assert pixels is None
        reasons[name] = seen.reason
    assert reasons == {
        "notes.txt": "not_an_image", "cut.jpg": "truncated", "none.png": "unreadable",
    }  # fmt: skip
