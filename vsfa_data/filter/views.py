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
    seen = _pixels(_square(image))
    return np.stack([seen, seen[:, ::-1]])


def _square(image: Image) -> Image:
    from PIL import Image as Pillow

    ink = image.convert("L").point([255] * NEARLY_WHITE + [0] * (256 - NEARLY_WHITE))
    subject = image.crop(ink.getbbox() or (0, 0, *image.size))
    side = round(max(subject.size) * (1 + 2 * MARGIN))
    square = Pillow.new("RGB", (side, side), "white")
    square.paste(subject, ((side - subject.width) // 2, (side - subject.height) // 2))
    return square


def _pixels(square: Image) -> NDArray[np.float32]:
    import numpy as np
    from PIL.Image import Resampling

    small = square.resize((embedded.SIDE_PX, embedded.SIDE_PX), Resampling.BICUBIC)
    return embedded.scaled(np.asarray(small))
