"""Path patterns of the robots exclusion protocol (RFC 9309, 2.2.2 and 2.2.3); TDMRep's too."""

from __future__ import annotations

import re
import string
from collections.abc import Collection, Iterable
from typing import Final
from urllib.parse import quote

_UNRESERVED: Final = frozenset(string.ascii_letters + string.digits + "-._~")
_ESCAPE: Final = re.compile(r"%([0-9a-fA-F]{2})")
_KEPT: Final = "".join(chr(code) for code in range(0x21, 0x7F))

MAX_RULES: Final = 5_000
MAX_CHARACTERS: Final = 250_000
"""Rules of one host, and characters of their patterns, at most. All of them are held against each
of its addresses, and nothing else is fetched meanwhile: millions would stop a whole list."""


def are_too_many(rules: Collection[tuple[str, bool]]) -> bool:
    """Whether these are more rules than can be kept to: such a host is best left alone."""
    return len(rules) > MAX_RULES or sum(len(rule) for rule, _ in rules) > MAX_CHARACTERS


def longest(rules: Iterable[tuple[str, bool]], path: str) -> bool | None:
    """What the rule says whose pattern matches `path` with the most characters; None if none.

    Where two match alike, True wins.
    """
    path = normal(path)
    found = [(len(pattern), says) for pattern, says in rules if matches(pattern, path)]
    return max(found)[1] if found else None


def normal(text: str) -> str:
    """A path or pattern with each character escaped in one way only."""

    def once(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if character in _UNRESERVED else match[0].upper()

    return _ESCAPE.sub(once, quote(text, safe=_KEPT, errors="replace"))


def matches(pattern: str, path: str) -> bool:
    """Whether a normal `pattern`, `*` for anything and `$` for the end, matches `path`.

    In time of at most the product of their lengths: patterns come from strangers.
    """
    is_anchored = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    place = len(first)
    if not rest:
        return not is_anchored or place == len(path)
    last = rest.pop() if is_anchored else ""
    for part in rest:
        place = path.find(part, place)
        if place < 0:
            return False
        place += len(part)
    return not is_anchored or (path.endswith(last) and len(path) - len(last) >= place)
