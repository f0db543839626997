"""What training reads: icons as SVG, vectors and topics of their names. Pixels are too many."""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vsfa_data import embedded
from vsfa_data.filter.drawings.fit_icons import Icon
from vsfa_data.filter.drawings.fit_topics import topics_of

ICONS: Final = "icons.json.xz"
TEXTS: Final = "texts.safetensors"


class Lesson(NamedTuple):
    """An icon, with its texts by their places among the vectors."""

    set: str
    kind: str
    text: int
    box: tuple[float, float, float, float]
    body: str
    tags: tuple[int, ...]


class Packed(NamedTuple):
    """What a folder holds."""

    lessons: list[Lesson]
    vectors: NDArray[np.float32]
    """Unit vectors of the texts, [texts, 384]."""
    topics: NDArray[np.int16]
    """What `fit_topics` says of each text."""


def pack(icons: Sequence[Icon], folder: Path) -> None:
    """Write ICONS and TEXTS."""
    from safetensors.numpy import save_file

    texts = [one.name for one in icons] + [tag for one in icons for tag in one.tags]
    place = {text: at for at, text in enumerate(dict.fromkeys(texts))}
    vectors = embedded.text_model().encode_together([*place])
    folder.mkdir(parents=True, exist_ok=True)
    kept = {"texts": vectors.astype(np.float16), "topics": topics_of([*place])}
    save_file(kept, folder / TEXTS)
    rows = [
        Lesson(
            one.set, one.kind, place[one.name], one.box, shorter(one.body),
            tuple(place[tag] for tag in one.tags),
        )
        for one in icons
    ]  # fmt: skip
    data = json.dumps(rows, separators=(",", ":")).encode("utf-8")
    (folder / ICONS).write_bytes(lzma.compress(data, preset=6))


def unpack(folder: Path) -> Packed:
    """What `pack` wrote."""
    from safetensors.numpy import load_file

    rows: Iterable[list[Any]] = json.loads(lzma.decompress((folder / ICONS).read_bytes()))
    lessons = [
        Lesson(of, kind, text, (box[0], box[1], box[2], box[3]), body, tuple(tags))
        for of, kind, text, box, body, tags in rows
    ]
    kept = load_file(folder / TEXTS)
    vectors = kept["texts"].astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Packed(lessons, vectors, kept["topics"])


def shorter(body: str) -> str:
    """SVG with two decimals: no one sees more of an icon."""
    return re.sub(r"(\d*\.\d{2})\d+", r"\1", body)
