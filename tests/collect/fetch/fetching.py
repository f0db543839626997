"""Fetching from a test's server, with time limits that suit a test."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from tests.collect.fetch.server import Server
from vsfa_data.collect.fetch.background import Background
from vsfa_data.collect.fetch.client import Fetcher
from vsfa_data.collect.fetch.order import Fetched
from vsfa_data.collect.fetch.settings import FetchSection
from vsfa_data.collect.rejected import Rejected

MAX_BYTES = 100_000

QUICK = {
    "connect_timeout_s": 1.0,
    "reply_timeout_s": 0.3,
    "attempt_timeout_s": 2.0,
    "total_timeout_s": 4.0,
    "retries": 0,
    "honour_opt_out": False,
}


def settings(**changed: Any) -> FetchSection:
    return FetchSection.model_validate({**QUICK, **changed})


def fetcher(server: Server, **changed: Any) -> Fetcher:
    return Fetcher(settings(**changed), MAX_BYTES, allowance=server.allowance)


def fetch(server: Server, url: str, **changed: Any) -> Fetched | Rejected:
    """What becomes of `url`."""

    async def run() -> Fetched | Rejected:
        async with fetcher(server, **changed) as fetching:
            try:
                return await fetching.fetch(url)
            except Rejected as no:
                return no

    return asyncio.run(run())


def background(server: Server, **changed: Any) -> Background:
    return Background(settings(**changed), MAX_BYTES, allowance=server.allowance)


def all_of(web: Background, urls: Iterable[str]) -> dict[int, Fetched | Rejected]:
    """What becomes of each of `urls`, by its number, in the order in which they are done."""
    web.start(enumerate(urls))
    found = {}
    while web.under_way:
        number, result = web.take()
        assert number not in found
        found[number] = result
    return found


def fetch_many(server: Server, urls: Sequence[str], **changed: Any) -> list[Fetched | Rejected]:
    """What becomes of each of `urls`, in their order."""
    with background(server, **changed) as web:
        found = all_of(web, urls)
    assert sorted(found) == list(range(len(urls)))
    return [found[number] for number in range(len(urls))]


def why(result: Fetched | Rejected) -> tuple[str, str | None]:
    """Reason and detail of a reject."""
    assert isinstance(result, Rejected), result
    return result.reason, result.detail


def data(result: Fetched | Rejected) -> bytes:
    """Bytes of what was fetched."""
    assert isinstance(result, Fetched), result
    return result.data
