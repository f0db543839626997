"""The section `ask`: which neutral questions are asked, and how many."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from vsfa_data.sections import Section


class AskSection(Section):
    """Which neutral questions are asked, and how many."""

    families: Literal["all"] | Annotated[tuple[str, ...], Field(min_length=1)] = "all"
    """Question families: `all`, or a list of names in templates/ and of files of one's own."""
    pairs_per_image: int = Field(6, ge=1, le=64)
    """Questions asked of one image, at most: a conversation has twice as many turns."""
    fewest_pairs: int | None = Field(None, ge=1, le=64)
    """Lets conversations differ in length: between this many questions and pairs_per_image, drawn
    by image. Null: all have pairs_per_image."""
    follow_ups: int = Field(2, ge=0, le=64)
    """Questions among them that refer to the one before, at most."""
    max_words: int = Field(250, ge=10, le=5_000)
    """Words of an answer that a model wrote, at most."""
    neutrality: Literal["meaning", "words"] = "meaning"
    """`meaning`: what a model wrote is held against a word list and judged by a text encoder
    (extra `embedded`); `words`: against the list only."""

    def model_post_init(self, _context: Any, /) -> None:
        """Refuse lengths that contradict each other."""
        if self.fewest_pairs is not None and self.fewest_pairs > self.pairs_per_image:
            raise ValueError(
                f"fewest_pairs {self.fewest_pairs} exceeds pairs_per_image {self.pairs_per_image}"
            )
