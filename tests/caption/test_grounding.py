"""Captions against the captions of other pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from vsfa_data.caption.grounding import FEWEST, WORDS, Captioned, Others, encoded
from vsfa_data.errors import UserError
from vsfa_data.filter.encoders.embedded import EmbeddedEncoder, EmbeddedOptions


class Short(EmbeddedEncoder):
    """Reads 30 characters at most, and says so as encoders do."""

    def __init__(self) -> None:
        super().__init__(EmbeddedOptions())

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if any(len(text) > 30 for text in texts):
            raise UserError("too long")
        return super().encode_texts(texts)


ENCODER = EmbeddedEncoder(EmbeddedOptions())


def pictures(captions: Sequence[str]) -> list[Captioned]:
    """Pictures that are seen exactly as their captions say."""
    vectors = ENCODER.encode_texts(captions)
    return [
        Captioned(str(at), caption, vector)
        for at, (caption, vector) in enumerate(zip(captions, vectors, strict=True))
    ]


THINGS = ("cat", "tank", "cup", "violin", "bridge", "shoe", "bus", "pineapple", "spider", "rocket")
SEEN = pictures([f"A picture of a {thing}." for thing in THINGS])


def test_no_caption_fits_better_than_one_s_own_and_most_fit_better_than_another_s() -> None:
    others = Others.of(SEEN, ENCODER)
    texts = encoded([one.caption for one in SEEN], ENCODER)
    assert [others.better(one, text) for one, text in zip(SEEN, texts, strict=True)] == [0.0] * 10
    swapped = [
        others.better(one._replace(caption=SEEN[at - 5].caption), texts[at - 5])
        for at, one in enumerate(SEEN)
    ]
    assert min(share for share in swapped if share is not None) > 0.0
    # The picture's right caption, which is another's now, always fits better.
    assert all(share is not None and share * 9 == round(share * 9) for share in swapped)


def test_the_same_words_are_no_other_caption() -> None:
    alike = [*SEEN[:FEWEST], *(one._replace(caption="A PICTURE  of a cat.") for one in SEEN[8:])]
    others = Others.of(alike, ENCODER)
    assert len(others.captions) == FEWEST
    texts = encoded([one.caption for one in alike], ENCODER)
    assert others.better(alike[0], texts[0]) is None  # seven others are too few
    assert others.better(alike[0]._replace(caption="A cat."), texts[0]) == 0.0


@pytest.mark.parametrize(
    ("caption", "read"),
    [
        ("A cat sits on a mat.", "A cat sits on a mat."),
        ("word " * 60, "word word word word word "),
        ("x" * 2000, None),
        ("\u0645\u0631\u062d\u0628\u0627 " * 50, None),
    ],
)
def test_a_caption_that_is_too_long_is_read_as_far_as_may_be(
    caption: str, read: str | None
) -> None:
    plain, cut = encoded(["A cat.", caption], Short())
    assert np.allclose(plain, ENCODER.encode_texts(["A cat."])[0])
    assert np.isclose(np.linalg.norm(cut), 1.0)
    if read is not None:
        assert np.allclose(cut, ENCODER.encode_texts([read])[0], atol=0.05)


def test_more_words_than_an_encoder_reads_change_nothing() -> None:
    start = " ".join(["cat"] * WORDS)
    assert np.array_equal(*encoded([start, f"{start} and a dog"], ENCODER))
