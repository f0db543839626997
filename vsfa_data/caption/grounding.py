"""How well a caption fits its picture, among the captions of other pictures.

The filter's encoder puts pictures and captions into one space. Its cosines cannot be compared from
one model to the next, but their order can: a caption that was written for a picture should fit it
better than most captions that were written for others. What all pictures have in common is taken
out of a picture's vector first; without that, a few captions are nearest to nearly everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from vsfa_data.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vsfa_data.filter.encoder import Encoder

OTHERS: Final = 64
"""Captions of other pictures that each is held against; 256 of them tell no more (docs/caption.md).
"""
FEWEST: Final = 8
"""Fewer other captions than this settle nothing."""
WORDS: Final = 40
"""Words of a caption that are read: encoders of pictures and texts read 64 or 77 tokens."""


class Captioned(NamedTuple):
    """A picture with its caption. `vector` is the picture's, float32[d]."""

    image_id: str
    caption: str
    vector: NDArray[np.float32]


@dataclass(frozen=True)
class Others:
    """Captions of some pictures, and what these pictures have in common."""

    captions: tuple[str, ...]
    """No two of them alike."""
    texts: NDArray[np.float64]
    """Their vectors, float64[n, d]."""
    mean: NDArray[np.float64]
    """Mean vector of the pictures, float64[d]."""

    @classmethod
    def of(cls, pictures: Sequence[Captioned], encoder: Encoder) -> Others:
        """Of `pictures`, whose captions are encoded here."""
        import numpy as np

        captions = {_same(one.caption): one.caption for one in pictures}
        vectors = np.stack([one.vector for one in pictures]).astype(np.float64)
        texts = encoded(list(captions.values()), encoder).astype(np.float64)
        return cls(tuple(captions), texts, vectors.mean(0))

    def better(self, picture: Captioned, text: NDArray[np.float32]) -> float | None:
        """Share of the others' captions that fit `picture` better than its own, float32[d] `text`.

        None if fewer than FEWEST of them are other captions than its own.
        """
        import numpy as np

        own = _same(picture.caption)
        other = [at for at, caption in enumerate(self.captions) if caption != own]
        if len(other) < FEWEST:
            return None
        apart = picture.vector.astype(np.float64) - self.mean
        fits = np.array([float(np.dot(self.texts[at], apart)) for at in other])
        return float((fits > float(np.dot(text.astype(np.float64), apart))).mean())


def encoded(captions: Sequence[str], encoder: Encoder) -> NDArray[np.float32]:
    """The first WORDS words of each caption -> float32[n, d]; fewer where they are too long."""
    return _encoded([" ".join(caption.split()[:WORDS]) for caption in captions], encoder)


def _encoded(texts: Sequence[str], encoder: Encoder) -> NDArray[np.float32]:
    import numpy as np

    try:
        return encoder.encode_texts(texts)
    except UserError:  # one of them is too long
        if len(texts) == 1:
            return _encoded([texts[0][: len(texts[0]) * 3 // 4]], encoder)
        half = len(texts) // 2
        return np.concatenate([_encoded(texts[:half], encoder), _encoded(texts[half:], encoder)])


def _same(caption: str) -> str:
    """What is equal for captions that say the same in the same words."""
    return " ".join(caption.casefold().split())
