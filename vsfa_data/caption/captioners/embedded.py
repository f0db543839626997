"""Captions from the embedded classifier and the pixels: no hub, no GPU, nothing invented."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar, Final

from pydantic import Field

from vsfa_data import embedded
from vsfa_data.caption import titles, wording
from vsfa_data.caption.captioner import Caption, Captioner
from vsfa_data.embedded import categories
from vsfa_data.sections import Section

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    from vsfa_data.caption.picture import Picture

MAX_ABSENT: Final = 4
ABSENT_BELOW: Final = 0.001
"""Summed probability under which an everyday thing is taken to be absent."""
TOP_CLASSES: Final = 10
"""Classes whose categories nothing that is called absent may belong to."""
_CROP: Final = 0.875  # the classifier looks at this share of the shorter side


class EmbeddedOptions(Section):
    """How sure the embedded captioner has to be."""

    min_confidence: float = Field(0.7, gt=0.5, le=1.0)
    """Probability from which the picture's subject is called by the name of its class."""
    min_category_confidence: float = Field(0.6, gt=0.5, le=1.0)
    """Summed probability of a category's classes from which the category is named."""
    min_titled_confidence: float | None = Field(0.1, gt=0.0, le=1.0)
    """The same for a name of ours that the picture's title has too. Null: no look at titles."""


class EmbeddedCaptioner(Captioner):
    """Names the ImageNet class, or else the category, that is probable enough; words the pixels.

    The probabilities are the mean over four views: the picture's centre and the whole picture,
    each as it is and mirrored. Classes that drawings are mistaken for are never named (see
    `unreliable` in imagenet_categories.yaml). Where nothing is named, nothing is called absent.

    How often a name is right, judged by eye with the default thresholds: 201 of 216 named
    pictures (93%), 103 of 112 drawings of Debian's openclipart-png and 98 of 104 pictures, mostly
    photographs, of GCompris and of this toolkit's sample. 122 of them served to choose the views,
    the unreliable classes and the limit for categories (114 right); the other 94 did not (87
    right), save that the limit for classes was raised from 0.6, with which 83 of them were right.
    It is cautious: 1 drawing in 16 and 1 photograph in 5 got a name.

    Where it is not sure, the picture's title may be about what it finds likely (`titles.py`). Of
    200 drawings of openclipart whose file names hold a name of ours, 17 were named without and 32
    more with file names for titles, 28 of these rightly. What went wrong (a cake beside its candle,
    a synonym for another thing) is ruled out since: heads of titles alone count, and no synonyms.
    """

    Options: ClassVar[type[Section]] = EmbeddedOptions
    worded_by: ClassVar[str] = "rules"

    @property
    def identity(self) -> str:
        """The method, the file of names and the classifier, each down to its bytes."""
        names = sha256(categories.FILE.read_bytes()).hexdigest()
        return f"embedded 2; names sha256:{names}; {embedded.CLASSIFIER_IDENTITY}"

    def require(self) -> None:
        """Raise MissingExtraError if the extra is not installed."""
        embedded.require_packages("the captioner 'embedded'")

    def open(self) -> None:
        """Load the classifier and the names. Raises SetupError."""
        self._classifier: Any = embedded.classifier()
        self._vocabulary = categories.vocabulary()

    def caption(self, pictures: Sequence[Picture]) -> list[Caption]:
        """What is in each of `pictures`. Never declines: pixels can always be worded."""
        return [self._one(picture.decode(), picture.title) for picture in pictures]

    def _one(self, image: Image, title: str | None) -> Caption:
        from vsfa_data.caption.pixels import pixels

        mean = self._classifier.probabilities(views(image)).astype("float64").mean(0)
        probabilities = dict(enumerate(mean.tolist()))
        named = self._vocabulary.named(
            probabilities, self.options.min_confidence, self.options.min_category_confidence
        )
        if (enough := self.options.min_titled_confidence) is not None:
            named = titles.named(named, title, probabilities, self._vocabulary, enough)
        known = named.subject or named.category
        absent = self._vocabulary.absent(probabilities, ABSENT_BELOW, TOP_CLASSES) if known else []
        return Caption(
            text=wording.caption(named, pixels.look(image)),
            labels=(named.subject,) if named.subject else (),
            subject=named.subject,
            category=named.category,
            absent=_some(absent, image),
        )


def views(image: Image) -> list[Image]:
    """An RGB image and itself on a square so wide that a central crop keeps all of it.

    Each of the two is followed by its mirror image. The square has the border's median colour.
    """
    from PIL import Image as Pillow
    from PIL import ImageOps

    side = round(max(image.size) / _CROP)
    whole = Pillow.new("RGB", (side, side), _border_colour(image))
    whole.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return [image, ImageOps.mirror(image), whole, ImageOps.mirror(whole)]


def _border_colour(image: Image) -> tuple[int, int, int]:
    import numpy as np

    pixels = np.asarray(image, dtype=np.uint8)
    border: NDArray[np.uint8] = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    red, green, blue = (int(value) for value in np.median(border, axis=0))
    return red, green, blue


def _some(words: Sequence[str], image: Image) -> tuple[str, ...]:
    """Up to MAX_ABSENT of `words`, drawn by the picture's own bytes, so that it is always these."""
    picture = sha256(image.tobytes()).hexdigest()
    drawn = sorted(words, key=lambda word: sha256(f"{picture}:absent:{word}".encode()).digest())
    return tuple(drawn[:MAX_ABSENT])
