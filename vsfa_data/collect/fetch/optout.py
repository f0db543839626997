"""What servers say that their files must not be used for.

Two ways are known: X-Robots-Tag headers, and the TDM Reservation Protocol (TDMRep, a report of
the W3C's Text and Data Mining Reservation Protocol Community Group, May 2024) with its header
and its file for a whole host. The report lets a header of 0 override the file; here either of
them suffices, so that what the file reserves is not even asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from vsfa_data.collect.fetch import patterns

if TYPE_CHECKING:
    from multidict import CIMultiDictProxy

WELL_KNOWN: Final = "/.well-known/tdmrep.json"
RESERVING: Final = ("noai", "noimageai", "noindex", "noimageindex", "none")
"""Directives of X-Robots-Tag that keep an image out of a dataset; `none` implies noindex."""
VALUED: Final = (
    "unavailable_after",
    "max-snippet",
    "max-image-preview",
    "max-video-preview",
)
"""Directives that have a value after a colon, and are no names of robots."""

Reserved = tuple[tuple[str, bool], ...]
"""Path patterns of a host, each with whether it is reserved."""
RESERVE_ALL: Final[Reserved] = (("/", True),)


def of_headers(headers: CIMultiDictProxy[str], product: str) -> str | None:
    """What reserves a reply, as `header: value`, or None."""
    if "X-Robots-Tag" in headers:
        for line in headers.getall("X-Robots-Tag"):
            for agent, directive in _directives(line):
                if directive in RESERVING and agent in {None, "*", product}:
                    return f"X-Robots-Tag: {directive}"
    if headers.get("tdm-reservation", "").strip() == "1":
        return "tdm-reservation: 1"
    return None


def parse_tdmrep(data: bytes) -> Reserved:
    """The rules of a host's tdmrep.json; what is no rule is passed over.

    One with more of them than anybody could keep to reserves all.
    """
    try:
        listed: Any = json.loads(data)
    except (ValueError, RecursionError):
        return ()
    rules = [
        (entry["location"], entry.get("tdm-reservation") in {1, "1"})
        for entry in (listed if isinstance(listed, list) else [])
        if isinstance(entry, dict)
        and isinstance(entry.get("location"), str)
        and isinstance(entry.get("tdm-reservation"), int | str)
    ]
    if patterns.are_too_many(rules):
        return RESERVE_ALL
    return tuple((patterns.normal(location), says) for location, says in rules)


def is_reserved(rules: Reserved, path: str) -> bool:
    """Whether `path` is reserved: the longest matching location decides, as in robots.txt."""
    return patterns.longest(rules, path) is True


def _directives(line: str) -> Iterator[tuple[str | None, str]]:
    """(robot or None for all, directive) in turn; a robot's name holds to the end of the line."""
    agent: str | None = None
    for part in line.lower().split(","):
        name, colon, rest = (text.strip() for text in part.partition(":"))
        if colon and name not in VALUED and " " not in name:  # a date has blanks and colons too
            agent, name = name, rest
        yield agent, name
