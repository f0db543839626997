"""A source that asks a search service once and lists what it answered."""

from __future__ import annotations

import hashlib
import json
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, ClassVar, Final, Protocol

from vsfa_data.collect.rejected import Rejected
from vsfa_data.collect.search.found import Found
from vsfa_data.collect.search.options import SearchOptions
from vsfa_data.collect.search.record import Cursor, Page, Record
from vsfa_data.collect.source import Candidate, Source
from vsfa_data.collect.wording import in_turn
from vsfa_data.errors import SetupError, UserError

MAX_REPLY_BYTES: Final = 16_000_000


class Web(Protocol):
    """What asks: `collect/fetch/background.py`."""

    def json(
        self,
        url: str,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The JSON at `url`. Raises Rejected."""


class SearchSource(Source):
    """Searches one after the other, each page by page, and keeps every answer.

    Images come in the order of the answers, searches taking turns, so that the first ones are of
    every kind. An image that several searches found is listed once.
    """

    Options: ClassVar[type[SearchOptions]]
    options: SearchOptions
    name: ClassVar[str]
    """The source's public name."""
    service: ClassVar[str]
    """What it asks, for people."""
    version: ClassVar[int]
    """Raised by whoever changes how answers are read: the service is then asked anew."""

    @abstractmethod
    def ask(self, web: Web, query: str, cursor: Cursor) -> tuple[list[Candidate], Cursor | None]:
        """One page of a search, and where the next one begins; None: there is none.

        What cannot be had is a candidate with a reason. Raises Rejected if the service fails.
        """

    def hint(self, no: Rejected) -> str:  # noqa: ARG002 for those who know better
        """What to do about a failure of the service."""
        return "Run the same command again later to go on"

    def require(self) -> None:
        """Raise UserError without a way to be reached, or for words that cannot be read."""
        if not self.fetch.is_contactable:
            given = self.fetch.user_agent
            lacks = "" if given is None else f", and '{given}' holds none"
            raise UserError(
                f"the source '{self.name}' needs collect.fetch.user_agent: {self.service} asks who "
                f"asks it for a name and a web or mail address where you can be reached{lacks}. "
                f"For example: --set 'collect.fetch.user_agent=my-dataset/1.0 (me@example.org)'"
            )
        self.options.searches()

    def is_listed(self) -> bool:
        """Whether all answers are there."""
        return self._found().next() is None

    def list_anew(self) -> None:
        """Forget the answers."""
        self._record().clear()

    def list_all(self) -> Iterator[int]:
        """Ask until all answers are there; how many more images each of them gives."""
        record, found = self._record(), self._found()
        yield found.length
        with self._web() as web:
            while (search := found.next()) is not None:
                before = found.length
                page = self._page(web, *search, found)
                record.add(page, found.pages)
                found.add(page)
                yield found.length - before

    def iterate(self) -> Iterator[Candidate]:
        """The images found. `list_all` comes before."""
        yield from in_turn(list(self._found().images.values()))

    def snapshot(self) -> str:
        """Digest of the images found."""
        total = hashlib.sha256()
        for one in self.iterate():
            total.update(json.dumps(asdict(one), sort_keys=True).encode() + b"\n")
        return total.hexdigest()

    def length(self) -> int | None:
        """Number of images found, or None while it is not known."""
        found = self._found()
        return found.length if found.next() is None else None

    def _record(self) -> Record:
        from vsfa_data.files.canonical_json import digest

        if self.folder is None:
            raise ValueError(f"the source '{self.name}' needs a folder for what it is answered")
        asked = {
            "version": self.version,
            "options": self.options.model_dump(
                mode="json", exclude=set(SearchOptions.model_fields)
            ),
        }
        return Record(self.folder / f"listed-{self.name}-{digest(asked)[:12]}")

    def _found(self) -> Found:
        found = Found(self.options.searches(), self.options.per_query)
        for page in self._record().pages():
            found.add(page)
        return found

    def _web(self) -> Any:
        from vsfa_data.collect.fetch.background import Background

        return Background(self.fetch, MAX_REPLY_BYTES)

    def _page(self, web: Web, query: str, cursor: Cursor, found: Found) -> Page:
        try:
            return self._asked(web, query, cursor)
        except Rejected as no:
            from vsfa_data.tables import REASONS

            detail = f" ({no.detail})" if no.detail else ""
            raise SetupError(
                f"{self.service} could not be searched for '{query}': "
                f"{REASONS[no.reason]}{detail}. {self.hint(no)}; the {found.length} "
                f"images found so far are kept"
            ) from no

    def _asked(self, web: Web, query: str, cursor: Cursor) -> Page:
        found, following = self.ask(web, query, cursor)
        if following == cursor:
            raise Rejected("bad_reply", "its pages lead round in a circle")
        return Page(query, tuple(found), following)
