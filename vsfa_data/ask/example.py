"""An example of a template: what it must render to, letter for letter."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from vsfa_data.sections import Section


class Example(Section):
    """Facts and wording numbers, and exactly what they must render to."""

    facts: dict[str, Any]
    """What is known of the image; what is not listed is not known."""
    slots: dict[str, Any] = Field(default_factory=dict)
    """Values of the template's slots."""
    wording: int = Field(ge=1)
    """Number of the question's wording, from 1."""
    answer_wording: int = Field(ge=1)
    """Number of the answer's wording within its case, from 1."""
    question: str
    answer: str
