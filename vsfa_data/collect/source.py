"""What an image source is: something that lists candidates and never decodes one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from vsfa_data.collect.fetch.settings import FetchSection
from vsfa_data.collect.rejected import Rejected
from vsfa_data.sections import Section


@dataclass(frozen=True)
class Candidate:
    """An image that a source offers: a `path` to read, bytes in `data`, a `url` to fetch.

    Or, in `made_from`, text from which the source's `make` will make it; or none of these, and a
    `reason` of `tables.REASONS` (with a `detail` for a reader) why it cannot be had: it is then
    counted as rejected. Exactly one of the five is set. `path` is a regular file: what a symbolic
    link leads to is not read, so a source that trusts its links resolves them. `url` comes as the
    source has it: the fetcher checks it. `source_ref` is unlike that of any other image of the
    source. A licence that is not known is None, never guessed.
    """

    source_ref: str
    path: Path | None = None
    data: bytes | None = None
    license: str | None = None
    license_url: str | None = None
    attribution: str | None = None
    title: str | None = None
    page_url: str | None = None
    url: str | None = None
    made_from: str | None = None
    reason: str | None = None
    detail: str | None = None

    def __post_init__(self) -> None:
        """Raises ValueError unless there is exactly one way to the image."""
        ways = (self.path, self.data, self.url, self.made_from, self.reason)
        if ways.count(None) != len(ways) - 1:
            raise ValueError("a candidate has exactly one of path, data, url, made_from and reason")


class Source(ABC):
    """Lists candidates in an order that depends on nothing but what is there.

    A subclass stands alone in `collect/sources/<name>.py`; its `Options` are the keys that a
    recipe may give beside `source: <name>`. `fetch` is how the recipe wants addresses fetched,
    for a source that must ask a server what there is (see `collect/fetch/background.py`).
    `folder` is that of the workspace's work: what the source keeps there stays for later builds.
    """

    Options: ClassVar[type[Section]]

    def __init__(
        self, options: Any, fetch: FetchSection | None = None, folder: Path | None = None
    ) -> None:
        self.options, self.fetch, self.folder = options, fetch or FetchSection(), folder

    @abstractmethod
    def iterate(self) -> Iterator[Candidate]:
        """Candidates, lazily, always in the same order. Raises UserError if there is no source."""

    @abstractmethod
    def snapshot(self) -> str:
        """Short digest of what `iterate` would list, cheap to make: part of the stage key."""

    def length(self) -> int | None:
        """How many candidates there will be, or None if only reading can tell."""
        return None

    def hidden(self) -> int:
        """How many hidden files and folders `iterate` passes over, as far as that is known."""
        return 0

    def identity(self) -> str | None:
        """The model that makes the images, down to its bytes; None if none does."""
        return None

    def require(self) -> None:
        """Raise UserError for options that cannot work, SetupError for what the machine lacks.

        Quick, and nobody is asked anything; but a model may be downloaded here.
        """

    def roots(self) -> tuple[Path, ...]:
        """Local folders that the source reads, absolute and free of links; nothing may write there.

        Known without looking into them: a folder need not exist.
        """
        return ()

    # A source whose answer would be another one tomorrow asks once and keeps what it was told.

    def is_listed(self) -> bool:
        """Whether `iterate`, `snapshot` and `length` can answer without asking anybody."""
        return True

    def list_all(self) -> Iterator[int]:
        """Ask, and keep the answers in `folder`; how many images each of them gives.

        Comes before `iterate` unless `is_listed`; what was interrupted goes on where it stopped.
        Raises SetupError if nobody answers.
        """
        return iter(())

    def list_anew(self) -> None:
        """Forget the answers."""

    # A source that makes its images lists what to make, and makes it in the worker processes.

    def open(self) -> None:
        """Load what `make` needs; called once in each worker that makes anything."""

    def make(self, wanted: Sequence[str]) -> Iterator[bytes | Rejected]:
        """Encoded images for what `iterate` gave as `made_from`, in order, or why there is none."""
        raise NotImplementedError(f"{type(self).__name__} makes nothing")
