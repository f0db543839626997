"""What a model replied, and whether it can be used."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import yaml

if TYPE_CHECKING:
    from vsfa_data.caption.picture import Picture

_SHOWN: Final[Mapping[str, str]] = {"Cc": " ", "Cf": "", "Cs": "", "Co": "", "Cn": ""}
"""What becomes of characters that are none, by their Unicode category."""
REFUSALS: Final = Path(__file__).with_name("refusals.yaml")

Finish = Literal["stop", "length", "refusal", "failed"]
"""How a reply ended: by itself, at the token limit, by a filter, or it never came."""


class Request(NamedTuple):
    """One question about one picture. `number` tells whoever asked which picture that was."""

    number: int
    picture: Picture
    prompt: str
    max_new_tokens: int


class Usage(NamedTuple):
    """What a reply took: tokens as the server counts them, cost in the currency of the price."""

    input_tokens: int
    output_tokens: int
    cost: float | None = None


@dataclass(frozen=True)
class Reply:
    """What came back. `text` is as the model gave it, special tokens left out."""

    text: str
    finish: Finish = "stop"
    usage: Usage | None = field(default=None, compare=False)


def tidy(text: str) -> str:
    """One line: line breaks and runs of white space become single spaces.

    Other control characters become spaces too; what is invisible or turns the direction of writing
    is left out, and so is half a character.
    """
    if not text.isprintable():
        shown = (_SHOWN.get(unicodedata.category(character), character) for character in text)
        text = "".join(shown)
    return " ".join(text.split())


def reason_against(reply: Reply) -> str | None:
    """The reason code for which a caption cannot be used, or None if it can."""
    text = tidy(reply.text)
    if reply.finish == "failed":
        return "no_reply"
    if reply.finish == "refusal" or _refusal().match(text):
        return "refused_caption"
    if not any(map(str.isalnum, text)):
        return "empty_caption"
    return "cut_off_caption" if reply.finish == "length" else None


@cache
def _refusal() -> re.Pattern[str]:
    """Matches a reply that begins as refusals begin."""
    listed: Mapping[str, list[str]] = yaml.safe_load(REFUSALS.read_text(encoding="utf-8"))
    openings, polite = ("|".join(map(_words, listed[key])) for key in ("openings", "before"))
    return re.compile(rf"(?:(?:{polite})[\s,.:;!-]*)*(?:{openings})(?!\w)", re.IGNORECASE)


def _words(text: str) -> str:
    """A pattern for `text` with either apostrophe and any white space."""
    apostrophes = "['\N{RIGHT SINGLE QUOTATION MARK}]"
    return r"\s+".join(re.escape(word).replace("'", apostrophes) for word in text.split())
