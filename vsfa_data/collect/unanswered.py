"""What was given up because no reply came in time, said to whoever might want to wait longer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

REASON: Final = "timeout"
GIVEN_UP: Final = "host_given_up"
REDIRECTED: Final = "redirected to "
"""What the detail of an address begins with that was not asked any more because another host is
given up: that host follows, up to a colon and a blank."""
EARLY: Final = ", given up early: all else was done"
"""What the detail of a time-out ends with that was not waited for to its end (`fetch/tail.py`)."""
LONGER: Final = 6
"""Times as long: of hosts that are only slow, that leaves hardly any."""
_SETTINGS: Final = {
    "silent for ": ("reply_timeout_s", 600.0),
    "no connection within ": ("connect_timeout_s", 120.0),
}
"""What the detail of a time-out begins with, and the key that decides it, with its greatest value.
A whole reply that took too long is none of these: it had an answer."""
_FULL_TIME: Final = "--set collect.fetch.adaptive_timeout=false"
"""What has every host waited for as long as those two say."""


def told(rejects: Iterable[Mapping[str, str | None]]) -> str:
    """One line on the addresses without a reply and how to wait longer; empty if there are none.

    An address that was not asked any more counts, if its host is one of those.
    """
    waits: defaultdict[str, set[float]] = defaultdict(set)
    early: list[float] = []
    hosts: set[str] = set()
    given_up: list[set[str]] = []
    addresses = 0
    for row in rejects:
        host = _host(row["source_ref"] or "")
        if row["reason"] == GIVEN_UP:
            given_up.append({host, _led_to(row["detail"] or "")} - {""})
        if row["reason"] != REASON:
            continue
        detail = row["detail"] or ""
        for begin in _SETTINGS:
            if detail.startswith(begin):
                seconds = float(detail.removeprefix(begin).split()[0])
                if detail.endswith(EARLY):
                    early.append(seconds)
                else:
                    waits[begin].add(seconds)
                hosts.add(host)
                addresses += 1
    if not addresses:
        return ""
    addresses += sum(not hosts.isdisjoint(either) for either in given_up)
    of_hosts = f" of {len(hosts)} host{'s' * (len(hosts) > 1)}" if "" not in hosts else ""
    longest = {begin: max(seconds) for begin, seconds in sorted(waits.items(), reverse=True)}
    how = ", ".join(f"{begin}{seconds:g} s" for begin, seconds in longest.items())
    sets = " ".join(_set(begin, seconds) for begin, seconds in longest.items())
    if early:
        how = "; ".join(filter(None, (how, f"{len(early)} given up early, after {min(early):g} s")))
        sets = " ".join(filter(None, (_FULL_TIME, sets)))
    counted = f"{addresses} address{'es' * (addresses > 1)}{of_hosts}"
    return f"no reply: {counted} ({how}). A run that waits longer collects anew: {sets}"


def _set(begin: str, seconds: float) -> str:
    name, greatest = _SETTINGS[begin]
    return f"--set collect.fetch.{name}={min(greatest, LONGER * seconds):g}"


def _led_to(detail: str) -> str:
    """Host and port that an address was redirected to; empty if it was not."""
    if not detail.startswith(REDIRECTED):
        return ""
    return detail.removeprefix(REDIRECTED).partition(": ")[0]


def _host(reference: str) -> str:
    """Host and port of a reference that is an address; empty for any other."""
    try:
        return urlsplit(reference).netloc if "://" in reference else ""
    except ValueError:
        return ""
