"""What the embedded classifier is shown of an image: all of it, twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vsfa_data import embedded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

MARGIN: Final = 0.06
"""White left round the picture, as a share of its longer side."""
NEARLY_WHITE: Final = 243
"""Channel value, 0..255, from which a pixel at the border counts as paper."""
VIEWS: Final = 2


def views(image: Image) -> NDArray[np.float32]:
    """The whole picture on a white square, and its mirror image: float32[2, 260, 260, 3].

    Classifiers are shown the central part of a photograph; a drawing has its subject from edge to
    edge, or small on much paper. So white borders go and all of the rest is kept.
    """
    import numpy as np

    # The filter is the same from both sides: scaling the mirror image gives the very same bits.
    seen = np.asarray(_scaled(_subject(image)))
    return embedded.scaled(np.stack([seen, seen[:, ::-1]]))


def _subject(image: Image) -> Image:
    """The picture without white borders."""
    ink = image.convert("L").point([255] * NEARLY_WHITE + [0] * (256 - NEARLY_WHITE))
    return image.crop(ink.getbbox() or (0, 0, *image.size))


def _scaled(subject: Image) -> Image:
    """The subject in the middle of a white square with a margin, scaled to what the model sees.

    Pillow filters rows, then columns, each for itself, and white stays white: so only rows and
    columns that touch the subject are filtered, to the same bits as all of them.
    """
    from PIL import Image as Pillow

    side, seen = round(max(subject.size) * (1 + 2 * MARGIN)), embedded.SIDE_PX
    left, top = (side - subject.width) // 2, (side - subject.height) // 2
    rows = Pillow.new("RGB", (side, subject.height), "white")
    rows.paste(subject, (left, 0))
    rows = rows.resize((seen, subject.height), Pillow.Resampling.BICUBIC)
    first, last = _touched(left, left + subject.width, side / seen)
    columns = Pillow.new("RGB", (last - first, side), "white")
    columns.paste(rows.crop((first, 0, last, subject.height)), (0, top))
    square = Pillow.new("RGB", (seen, seen), "white")
    square.paste(columns.resize((last - first, seen), Pillow.Resampling.BICUBIC), (first, 0))
    return square


def _touched(first: int, last: int, scale: float) -> tuple[int, int]:
    """Where pixels [first, last) reach when each new one stands for `scale` of them, or more."""
    reach = 2 * max(scale, 1.0) + 1  # bicubic: two pixels, of the larger kind, to either side
    begin, end = int((first - reach) / scale) - 1, int((last + reach) / scale) + 2
    return max(0, begin), min(embedded.SIDE_PX, end)
