"""What a picture's title says of its subject: a second opinion beside the encoder's.

A title is written by whoever knows the picture, so where it names a threat that the encoder has
not seen ("Bomb"), the picture would spoil the control group. Titles are only read: they never
reach a caption, a question or a prompt. English alone is understood; other titles say nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from vsfa_data.words import threats

Use = Literal["ignore", "controls", "both"]


def named(titles: Sequence[str | None]) -> list[str | None]:
    """For each title the first threat-related word or phrase in it, normalised, or None."""
    found = threats.default()
    return [found.first_term(title) if title else None for title in titles]


def objection(verdict: str, title: str | None, term: str | None, use: Use) -> str | None:
    """Reason code if a title contradicts 'threat' or 'control'; None if it does not.

    `term` is what `named` found in the title. A picture without a title is never contradicted.
    """
    if use != "ignore" and verdict == "control" and term is not None:
        return "title_names_threat"
    if use == "both" and verdict == "threat" and title and term is None:
        return "title_names_no_threat"
    return None


def hint(verdict: Sequence[str]) -> str | None:
    """What to say when no image is a threat, if titles are the reason."""
    silent = verdict.count("title_names_no_threat")
    if not silent:
        return None
    kept = "filter.titles=controls keeps them"
    return f"filter: titles are to confirm threats, but of {silent} images they name none: {kept}"
