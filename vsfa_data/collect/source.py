"""What an image source is: something that lists candidates and never decodes one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from vsfa_data.collect.fetch.settings import FetchSection
from vsfa_data.sections import Section


@dataclass(frozen=True)
class Candidate:
    """An image that a source offers: a `path` to read, bytes in `data`, or a `url` to fetch.

    Or none of them, and a `reason` of `tables.REASONS` (with a `detail` for a reader) why it
    cannot be had: it is then counted as rejected. Exactly one of the four is set. `path` is a
    regular file: what a symbolic link leads to is not read, so a source that trusts its links
    resolves them. `url` comes as the source has it: the fetcher checks it. `source_ref` is
    unlike that of any other image of the source. A licence that is not known is None, never
    guessed.
    """

    source_ref: str
    path: Path | None = None
    data: bytes | None = None
    license: str | None = None
    license_url: str | None = None
    attribution: str | None = None
    title: str | None = None
    url: str | None = None
    reason: str | None = None
    detail: str | None = None

    def __post_init__(self) -> None:
        """Raises ValueError unless there is exactly one way to the image."""
        if [self.path, self.data, self.url, self.reason].count(None) != 3:
            raise ValueError("a candidate has exactly one of path, data, url and reason")


class Source(ABC):
    """Lists candidates in an order that depends on nothing but what is there.

    A subclass stands alone in `collect/sources/<name>.py`; its `Options` are the keys that a
    recipe may give beside `source: <name>`. `fetch` is how the recipe wants addresses fetched,
    for a source that must ask a server what there is (see `collect/fetch/background.py`).
    """

    Options: ClassVar[type[Section]]

    def __init__(self, options: Any, fetch: FetchSection | None = None) -> None:
        self.options, self.fetch = options, fetch or FetchSection()

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
