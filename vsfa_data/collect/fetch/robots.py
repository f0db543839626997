"""robots.txt as RFC 9309 has it: which paths a host asks us not to visit.

The standard library's parser knows no wildcards and lets the first rule win instead of the
most specific one, so that it would visit what a host forbids.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vsfa_data.collect.fetch import patterns

MAX_BYTES: Final = 500 * 1024
"""What RFC 9309 wants to be read, at least; the rest of a longer file does not count."""

Rules = tuple[tuple[str, bool], ...]
"""Patterns, each with whether its paths are allowed."""

FORBID_ALL: Final[Rules] = (("/", False),)


def parse(data: bytes, product: str) -> Rules:
    """The rules for `product` (lower case), or else those for everybody.

    More of them than anybody could keep to forbid all.
    """
    ours: list[tuple[str, bool]] = []
    everybody: list[tuple[str, bool]] = []
    is_named = False
    agents: set[str] = set()
    in_rules = False
    for key, value in _lines(data[:MAX_BYTES].decode("utf-8", "replace")):
        if key == "user-agent":
            agents = {value.lower()} if in_rules else agents | {value.lower()}
            in_rules = False
            is_named = is_named or product in agents
        elif key in {"allow", "disallow"}:
            in_rules = True
            rule = (value, key == "allow")
            if value and product in agents:
                ours.append(rule)
            elif value and "*" in agents:
                everybody.append(rule)
    rules = ours if is_named else everybody
    if patterns.are_too_many(rules):
        return FORBID_ALL
    return tuple((patterns.normal(value), says) for value, says in rules)


def is_allowed(rules: Rules, path: str) -> bool:
    """Whether `path`, with its query, may be visited."""
    return patterns.longest(rules, path) is not False


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.removeprefix("\ufeff").splitlines():
        key, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield key.strip().lower(), value.strip()
