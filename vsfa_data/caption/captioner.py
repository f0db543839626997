"""What a captioner is: it says what it sees, and says when it sees nothing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

from vsfa_data.sections import Section

if TYPE_CHECKING:
    from pathlib import Path

    from vsfa_data.caption.picture import Picture


@dataclass(frozen=True)
class Caption:
    """What a captioner says of one image.

    `labels` are things that it names with confidence, best first, without article ("revolver").
    `subject` is the first of them or None; `category` is what kind of thing that is ("weapon").
    `absent` are things that it is sure are not in the picture. `told` are its answers to open
    questions: topic (one of `tables.TOPICS`), text, and how that ended ('stop' or 'length').
    An empty `text` with a `reason` (a code of `tables.REASONS`) is how a captioner declines.
    """

    text: str
    labels: tuple[str, ...] = ()
    subject: str | None = None
    category: str | None = None
    absent: tuple[str, ...] = ()
    told: tuple[tuple[str, str, str], ...] = ()
    reason: str | None = None


class Captioner(ABC):
    """One caption per image, same length and order, never fewer.

    A subclass stands alone in `caption/captioners/<name>.py`; its `Options` are the keys that a
    recipe may give in `caption` beside `captioner: <name>`.
    """

    Options: ClassVar[type[Section]]
    worded_by: ClassVar[str] = "model"
    """'model' if its sentences are free text, 'rules' if they are put together from facts."""
    chunk: int = 16
    """Pictures that it has in memory together, at most."""

    def __init__(self, options: Any) -> None:
        self.options = options

    @property
    @abstractmethod
    def identity(self) -> str:
        """Name, revision and weights' sha256; known without loading anything."""

    @property
    def alone(self) -> bool:
        """Whether one process should do all the work: it has a GPU, or waits for a server."""
        return False

    @property
    def cards(self) -> int:
        """GPUs that it can use, with a process and a model of its own on each."""
        return 1

    def require(self) -> None:
        """Raise SetupError if a package or file is missing. Quick; loads nothing."""

    @abstractmethod
    def open(self) -> None:
        """Load the weights. Raises SetupError if they are missing or not what they should be."""

    def keep(self, folder: Path) -> None:
        """Keep what was hard to come by in `folder`, and use what lies there already.

        Called before the first pictures, in a build only. Most captioners have nothing to keep.
        """

    @abstractmethod
    def caption(self, pictures: Sequence[Picture]) -> list[Caption]:
        """What is in each of `pictures`."""

    def captions(self, pictures: Iterable[Picture]) -> Iterator[Caption]:
        """The same of any number of pictures, in their order, each as soon as it is its turn.

        Takes a picture once it has room for it: `chunk` at most are taken and not yet answered.
        """
        left = iter(pictures)
        while some := list(islice(left, self.chunk)):
            yield from self.caption(some)
