"""What an encoder is: images and texts as unit vectors in one space."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
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

    Images are encoded in two steps: `prepare`, which needs no model, may run ahead in any number
    of threads (and in other processes where `prepare_elsewhere` says so); `encode_prepared` is
    the model itself.
    """

    Options: ClassVar[type[Section]]
    logit_scale: float
    """What cosines are multiplied with before a softmax or sigmoid, as the model was trained."""
    logit_bias: float = 0.0
    """What is added after that: SigLIP's `sigmoid(logit_scale * cosine + logit_bias)`. No score
    uses it: a calibration is fitted on the cosines themselves."""
    near_duplicate_cosine: ClassVar[float | None] = None
    """Cosine of what `encode_marked` adds from which images are near-duplicates; None: not known
    for every model of this encoder, so that a recipe has to say it."""
    others_fit_better: ClassVar[float] = 0.5
    """Share of other pictures' captions that may fit a picture better than its own before that
    counts as the caption of another one. By chance half of them do."""
    prepare: Callable[[Image], NDArray[Any]]
    """RGB image -> what the model sees of it: arrays of one shape and dtype. Set by `open`."""
    prepare_elsewhere: bool = True
    """Whether `prepare` can be pickled, so that other processes can run it."""

    def __init__(self, options: Any) -> None:
        self.options = options

    @property
    @abstractmethod
    def identity(self) -> str:
        """Name, revision and weights' sha256; known without loading anything."""

    @property
    def batch_size(self) -> int:
        """Images that `encode_prepared` likes to have at a time; no result depends on it."""
        return 8

    @property
    def on_accelerator(self) -> bool:
        """Whether it computes on a GPU, which one process then has to itself."""
        return False

    def require(self) -> None:
        """Raise SetupError if a package or file is missing. Loads nothing; may download."""

    @abstractmethod
    def open(self) -> None:
        """Load the weights. Raises SetupError if they are missing or not what they should be."""

    @abstractmethod
    def encode_prepared(self, prepared: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
        """What `prepare` made of images -> float32[n, d], rows of length 1."""

    def encode_marked(
        self, prepared: Sequence[NDArray[Any]]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """`encode_prepared`, and what near-duplicates are found by: float32[n, e], unit vectors.

        The vectors themselves (the same array), unless they are too coarse to tell two pictures of
        a thing apart. What is added is read by a calibration's probe, too.
        """
        vectors = self.encode_prepared(prepared)
        return vectors, vectors

    @abstractmethod
    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts -> float32[m, d], rows of length 1. Raises UserError for one that is too long."""

    def encode_images(self, images: Sequence[Image]) -> NDArray[np.float32]:
        """RGB images -> float32[n, d], rows of length 1."""
        return self.encode_prepared([self.prepare(image) for image in images])
