"""From which cosine on an encoder sees the same picture twice: measured on copies of pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Final

from vsfa_data import pictures
from vsfa_data.collect import reading
from vsfa_data.collect.normalise import normalise
from vsfa_data.collect.rejected import Rejected
from vsfa_data.filter import marks
from vsfa_data.scoring.reading import LIMITS, MAX_BYTES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    from vsfa_data.filter.encoder import Encoder
    from vsfa_data.scoring.run import File

COPIED: Final = 100
"""Pictures of which copies are made."""
COMPARED: Final = 400
"""Pictures among which strangers are looked for."""
FOUND: Final = 0.95
"""Share of the copies that are to be found."""
CONFUSED: Final = 0.01
"""Share of the pictures that may be taken for another one, at most."""
FEWEST: Final = 0.5
"""If fewer copies can be found without confusing more, nothing is said."""


def near_duplicate_cosine(
    encoder: Encoder, files: Sequence[File], done: Callable[[], None] = lambda: None
) -> float | None:
    """The cosine of marks from which pictures are near-duplicates, for an open encoder.

    The greatest that finds FOUND of the copies (re-encoded, shrunk, cropped), or a greater one if
    more than CONFUSED of the pictures have a stranger that near: a picture whose perceptual hash
    says that it is another. None if that would find less than FEWEST of the copies. The pictures
    are drawn by the hash of their path: the same files give the same number. `done` is called for
    each of up to COMPARED files.
    """
    drawn = sorted(files, key=lambda file: hashlib.sha256(f"copy:{file.name}".encode()).digest())
    own: list[NDArray[np.int8]] = []
    hashes: list[int] = []
    near: list[float] = []
    for file in drawn[:COMPARED]:
        done()
        try:
            found = normalise(reading.read(file.path, MAX_BYTES), LIMITS)
        except Rejected:
            continue
        image = pictures.decode(found.image)
        seen = [image, *(copies(image) if len(own) < COPIED else ())]
        told = marks.marks(encoder.encode_marked([encoder.prepare(one) for one in seen])[1])
        own.append(told[0])
        hashes.append(int(found.phash, 16))
        near.extend(_cosine(told[0], copy) for copy in told[1:])
    return threshold(near, strangers(own, hashes))


def copies(image: Image) -> Iterator[Image]:
    """The picture as others would post it again: poorly compressed, shrunk, trimmed by a tenth."""
    from PIL import Image as Pillow

    stored = BytesIO()
    image.save(stored, "JPEG", quality=50)
    with Pillow.open(stored, formats=("JPEG",)) as again:
        yield again.convert("RGB")
    width, height = image.size
    yield image.resize((max(1, width // 2), max(1, height // 2)), Pillow.Resampling.BILINEAR)
    left, top = width // 20, height // 20
    yield image.crop((left, top, width - left, height - top))


def strangers(own: Sequence[NDArray[np.int8]], hashes: Sequence[int]) -> list[float]:
    """For each picture the cosine of its mark with the nearest one whose hash is another's."""
    import numpy as np

    from vsfa_data.filter.clusters import near_duplicates

    if not own:
        return []
    cluster = near_duplicates(np.array(hashes, np.uint64))
    wide = np.stack(own).astype(np.float64)
    wide /= np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-9)
    cosines = np.where(cluster[:, None] == cluster[None], -1.0, wide @ wide.T)
    nearest: list[float] = cosines.max(1).tolist()
    return nearest


def threshold(near: Sequence[float], far: Sequence[float]) -> float | None:
    """From the cosines of copies and of the nearest strangers; rounded up to three decimals."""
    import numpy as np

    if not near or not far:
        return None
    wanted = float(np.quantile(near, 1.0 - FOUND, method="lower"))
    found = max(wanted, float(np.quantile(far, 1.0 - CONFUSED, method="higher")), 0.5)
    rounded = min(1.0, float(np.ceil(found * 1000.0) / 1000.0))
    return rounded if float(np.mean(np.array(near) >= rounded)) >= FEWEST else None


def _cosine(one: NDArray[np.int8], other: NDArray[np.int8]) -> float:
    import numpy as np

    a, b = one.astype(np.float64), other.astype(np.float64)
    return float(a @ b / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-9))
