"""Test-only leave to fetch from servers on this machine.

No recipe can give it: it is passed in Python, or set in the environment, which is how it
reaches the worker processes that a test starts.
"""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from typing import Final

VARIABLE: Final = "VSFA_DATA_TEST_ALLOW"
"""Environment variable: `127.0.0.1:PORT`, several separated by commas. For tests only."""


@dataclass(frozen=True)
class Allowance:
    """Loopback addresses that may be fetched from, each with its port."""

    hosts: frozenset[tuple[str, int]] = frozenset()

    def __post_init__(self) -> None:
        """Raises ValueError for what is no loopback address: nothing else is ever allowed."""
        for host, _ in self.hosts:
            if not ipaddress.ip_address(host).is_loopback:
                raise ValueError(f"{host} is not a loopback address")

    def admits(self, host: str, port: int | None) -> bool:
        """Whether `host`, an address and no name, may be reached at `port`."""
        return (host, port) in self.hosts


NOTHING: Final = Allowance()


def from_environment() -> Allowance:
    """What `VSFA_DATA_TEST_ALLOW` says. Raises ValueError if that is not as it should be."""
    hosts = set()
    for entry in filter(None, os.environ.get(VARIABLE, "").split(",")):
        host, _, port = entry.strip().rpartition(":")
        hosts.add((host, int(port)))
    return Allowance(frozenset(hosts))
