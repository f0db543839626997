"""What an encoder is: images and texts as unit vectors in one space."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from vsfa_data.sections import Section

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image


class Encoder(ABC):
    """Images and texts as L2-normalised float32 vectors of one dimension `d`.

    The vector of an image depends on that image alone, never on its neighbours in a batch.
    A subclass stands alone in `filter/encoders/<name>.py`; its `Options` are the keys that a
    recipe may give in `filter` beside `encoder: <name>`.
    """

    Options: ClassVar[type[Section]]
    logit_scale: float
    """What cosines are multiplied with before a softmax, as the model was trained."""

    def __init__(self, options: Any) -> None:
        self.options = options

    @property
    @abstractmethod
    def identity(self) -> str:
        """Name, revision and weights' sha256; known without loading anything."""

    def require(self) -> None:
        """Raise SetupError if a package or file is missing. Quick; loads nothing."""

    @abstractmethod
    def open(self) -> None:
        """Load the weights. Raises SetupError if they are missing or not what they should be."""

    @abstractmethod
    def encode_images(self, images: Sequence[Image]) -> NDArray[np.float32]:
        """RGB images -> float32[n, d], rows of length 1."""

    @abstractmethod
    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts -> float32[m, d], rows of length 1."""
