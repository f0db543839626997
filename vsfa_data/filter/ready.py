"""What is done to an image before the model sees it; runs in processes that never load torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vsfa_data import pictures
from vsfa_data.filter.covariates import covariates

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image


@dataclass(frozen=True)
class MakeReady:
    """Bytes of a normalised image -> what the encoder sees of it, and its covariates."""

    prepare: Callable[[Image], NDArray[Any]]

    def __call__(self, data: bytes) -> tuple[NDArray[Any], dict[str, float]]:
        """Raises OSError for bytes that collect did not write."""
        image = pictures.decode(data)
        return self.prepare(image), covariates(image)
