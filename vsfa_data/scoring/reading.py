"""Files of strangers -> what an encoder sees, by the same way that a build takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from vsfa_data import pictures
from vsfa_data.collect import reading
from vsfa_data.collect.normalise import normalise
from vsfa_data.collect.normalised import Limits
from vsfa_data.collect.rejected import Rejected

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

MAX_BYTES: Final = 50_000_000
"""Size of a file that is read, as `collect.max_bytes` has it."""
LIMITS: Final = Limits(min_side_px=1, max_aspect=100.0)
"""As in a recipe, but small and elongated pictures are scored too."""


class Seen(NamedTuple):
    """What is known of a file beside its vector."""

    reason: str | None
    """Code of `tables.REASONS` if it is no usable picture."""
    detail: str | None
    """What was found, for a reader."""
    phash: str | None
    """Perceptual hash of a usable picture, 16 hex digits."""
    mark: bytes | None = None
    """What near-duplicates are found by, as in `tables.SCORES`; known when it is encoded."""


@dataclass(frozen=True)
class ReadPicture:
    """Path (as os.fsencode) -> what the encoder sees of the picture; None if it is not usable."""

    prepare: Callable[[Image], NDArray[Any]]

    def __call__(self, path: bytes) -> tuple[NDArray[Any] | None, Seen]:
        """Never raises for what is in a file."""
        try:
            found = normalise(reading.read(path, MAX_BYTES), LIMITS)
        except Rejected as rejected:
            return None, Seen(rejected.reason, rejected.detail, None)
        return self.prepare(pictures.decode(found.image)), Seen(None, None, found.phash)
