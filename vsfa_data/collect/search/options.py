"""What a recipe may say of any source that asks a search service."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from vsfa_data.collect.wording import Name, Phrase, Wording
from vsfa_data.sections import Section


class SearchOptions(Section):
    """What to search for, and how much of it."""

    queries: tuple[Phrase, ...] | None = Field(None, min_length=1)
    """Search words, one search each. Null: those of `words`."""
    words: str = Field("default", min_length=1)
    """Name of a file in concepts/search/, or a path: search words for each concept."""
    concepts: Literal["all"] | tuple[Name, ...] = "all"
    """Threat concepts to search for: `all` of the words or a list of names."""
    neutral: bool = True
    """Whether to search for the neutral concepts too: a control needs images of them."""
    per_query: int = Field(20, ge=1, le=10_000)
    """Images to list of one search, at most, whose licence is allowed."""

    def searches(self) -> list[str]:
        """The search words, each once. Raises UserError for words that cannot be read."""
        if self.queries is not None:
            return list(dict.fromkeys(self.queries))
        words = Wording.load(self.words).chosen(self.concepts, neutral=self.neutral)
        return list(dict.fromkeys(phrase for phrases in words.values() for phrase in phrases))
