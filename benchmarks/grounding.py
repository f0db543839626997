"""Captions held against their pictures: how many swapped ones are caught, how many right ones go.

The pictures are those of Debian's `tuxpaint-stamps-default`, each with the sentence that its author
wrote about it, and the photographs of the sample with the words of their file names. Each picture
is held against its own caption and against that of a picture drawn by lot.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from benchmarks.row import Row
from vsfa_data import pictures, resources
from vsfa_data.caption.grounding import OTHERS, Captioned, Others, encoded
from vsfa_data.filter.encoder import Encoder
from vsfa_data.filter.encoders.embedded import EmbeddedEncoder, EmbeddedOptions
from vsfa_data.filter.fit_corpus import picture

STAMPS: Final = Path("/usr/share/tuxpaint/stamps")
SHARES: Final = (0.5, 0.7, 0.8, 0.9)


def measure() -> Iterator[Row]:
    """For each share: captions that are rejected, right and swapped. By chance both are 1 - share.

    `here` is the share of right captions that are dropped, `limit` that of swapped ones caught.
    """
    encoder = EmbeddedEncoder(EmbeddedOptions())
    encoder.open()
    for what, listed in (("stamps", _stamps(encoder)), ("photographs", _photographs(encoder))):
        right, swapped = _shares(listed, encoder)
        for most in SHARES:
            dropped, caught = (
                sum(x > most for x in found) / len(found) for found in (right, swapped)
            )
            name = f"grounding: {len(listed)} {what}, more than {most:g}: right / swapped rejected"
            yield Row(name, dropped, caught, "", "<= 0.5")


def _shares(listed: Sequence[Captioned], encoder: Encoder) -> tuple[list[float], list[float]]:
    """Share of others that fit better than the own caption, and than another one's."""
    chosen = random.Random(0)  # noqa: S311 no secret
    others = Others.of(chosen.sample(listed, min(OTHERS, len(listed))), encoder)
    texts = encoded([one.caption for one in listed], encoder)
    right, swapped = [], []
    for one, text in zip(listed, texts, strict=True):
        at = chosen.choice([k for k, two in enumerate(listed) if two.caption != one.caption])
        right.append(others.better(one, text))
        swapped.append(others.better(one._replace(caption=listed[at].caption), texts[at]))
    return [x for x in right if x is not None], [x for x in swapped if x is not None]


def _stamps(encoder: Encoder) -> list[Captioned]:
    made = []
    for file in sorted(STAMPS.rglob("*.png")):
        told = file.with_suffix(".txt")
        if file.stem.endswith(("_mirror", "_flip")) or not told.exists():
            continue
        caption = told.read_text(encoding="utf-8", errors="replace").splitlines()[0].strip()
        made.append(Captioned(str(file), caption, encoder.encode_images([picture(file)])[0]))
    return made


def _photographs(encoder: Encoder) -> list[Captioned]:
    made = []
    for file in sorted((resources.PACKAGE / "sample" / "images").glob("*.jpg")):
        words = file.stem.partition("-")[2].replace("-", " ")
        image = pictures.decode(file.read_bytes())
        caption = f"A picture of a {words}."
        made.append(Captioned(file.stem, caption, encoder.encode_images([image])[0]))
    return made
