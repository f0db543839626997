"""What the answers of a search service come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from vsfa_data.collect.search.record import BEGINNING, Cursor, Page
from vsfa_data.collect.source import Candidate

MAX_ANSWERS: Final = 100
"""Answers to one search that are looked through, at most, for images with an allowed licence."""


class Found:
    """What the answers so far come to, for some searches and as many images of each as wanted."""

    def __init__(self, searches: Sequence[str], per_query: int) -> None:
        self._per_query = per_query
        self.images: dict[str, list[Candidate]] = {query: [] for query in searches}
        """Images of each search; one that several searches found is with the first answer."""
        self.length = 0
        """Number of images."""
        self.pages = 0
        """Number of answers, those to other searches included."""
        self._seen: set[str] = set()
        self._had: Counter[str] = Counter()
        self._answers: Counter[str] = Counter()
        self._following: dict[str, Cursor | None] = {}

    def add(self, page: Page) -> None:
        """Take an answer into account."""
        self.pages += 1
        if page.query not in self.images:
            return
        self._answers[page.query] += 1
        self._following[page.query] = page.following
        for one in page.found:
            if self._had[page.query] < self._per_query and one.source_ref not in self._seen:
                self._seen.add(one.source_ref)
                self._had[page.query] += one.reason is None
                self.images[page.query].append(one)
                self.length += 1

    def next(self) -> tuple[str, Cursor] | None:
        """A search that is to go on, and where; None: all are done."""
        for query in self.images:
            cursor = self._following.get(query, BEGINNING)
            is_full = self._had[query] >= self._per_query
            if cursor is not None and not is_full and self._answers[query] < MAX_ANSWERS:
                return query, cursor
        return None
