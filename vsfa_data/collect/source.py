"""What an image source is: something that lists candidates and never decodes one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from vsfa_data.sections import Section


@dataclass(frozen=True)
class Candidate:
    """An image that a source offers: a local `path` to read, or its encoded bytes in `data`.

    Exactly one of the two is set. `path` is a regular file: what a symbolic link leads to is not
    read, so a source that trusts its links resolves them. `source_ref` is unlike that of any
    other image of the source. A licence that is not known is None, never guessed.
    """

    source_ref: str
    path: Path | None = None
    data: bytes | None = None
    license: str | None = None
    license_url: str | None = None
    attribution: str | None = None
    title: str | None = None


class Source(ABC):
    """Lists candidates in an order that depends on nothing but what is there.

    A subclass stands alone in `collect/sources/<name>.py`; its `Options` are the keys that a
    recipe may give beside `source: <name>`.
    """

    Options: ClassVar[type[Section]]

    def __init__(self, options: Any) -> None:
        self.options = options

    @abstractmethod
    def iterate(self) -> Iterator[Candidate]:
        """Candidates, lazily, always in the same order. Raises UserError if there is no source."""

    @abstractmethod
    def snapshot(self) -> str:
        """Short digest of what `iterate` would list, cheap to make: part of the stage key."""

    def length(self) -> int | None:
        """How many candidates there will be, or None if only reading can tell."""
        return None

    def roots(self) -> tuple[Path, ...]:
        """Local folders that the source reads, absolute and free of links; nothing may write there.

        Known without looking into them: a folder need not exist.
        """
        return ()
