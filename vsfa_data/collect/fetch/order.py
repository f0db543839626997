"""One address on its way: what it may do, and what of its time is left."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vsfa_data.collect.fetch import sniff
from vsfa_data.collect.fetch.body import Limits
from vsfa_data.collect.fetch.failures import Failure
from vsfa_data.collect.fetch.hold import Hold

if TYPE_CHECKING:
    from vsfa_data.collect.fetch.hosts import Host


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was at an address: the bytes, where redirects led to, what the bytes begin like."""

    data: bytes = field(repr=False)
    url: str

    @property
    def media_type(self) -> str:
        """Media type by the bytes themselves, as `sniff.media_type`."""
        return sniff.media_type(self.data)


@dataclass(slots=True)
class Order:
    """How one address is to be fetched, and how far that has come.

    `left_s`: time left for attempts and waits. `reply_s`, `attempt_s`: as `reply_timeout_s` and
    `attempt_timeout_s` of the settings; None for no limit. `headers`: for the origin of the
    address alone. `asks_leave`: robots.txt, tdmrep.json and opt-out headers count (they speak of
    images and pages, not of an API's answers). `is_last`: nobody else of a list waits for the
    host, so that its connection is closed when it is done: a list of many hosts would keep too
    many open. `is_alone`: an API's answer or a whole archive, which nothing else waits beside:
    however silent its host has been, it is waited for as long, and asked for again. `is_policy`:
    it is a file about its host, whose arrival says nothing yet of the host's images. `host`: who is
    asked, or was. `attempts`, `last`: how many have failed, and how the last one did.
    """

    hold: Hold
    limits: Limits
    left_s: float
    reply_s: float
    attempt_s: float | None
    headers: dict[str, str] | None = None
    asks_leave: bool = True
    is_last: bool = False
    is_alone: bool = False
    is_policy: bool = False
    host: Host | None = None
    attempts: int = 0
    last: Failure | None = None
