"""Hosts that never answer at the end of a list: given up early, and none that is only slow."""

from __future__ import annotations

import asyncio
import math
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.collect.fetch.fetching import MAX_BYTES, data, settings, why
from tests.collect.fetch.server import JPEG, Handler, Server, Visit, drip, hang, reply
from vsfa_data.collect.fetch import tail
from vsfa_data.collect.fetch.allowance import Allowance
from vsfa_data.collect.fetch.background import Background
from vsfa_data.collect.fetch.order import Fetched
from vsfa_data.collect.fetch.tail import HOSTS, Learnt
from vsfa_data.collect.rejected import Rejected

EARLY = "given up early: all else was done"
POLICY = "/.well-known/tdmrep.json"


def after(seconds: float, answer: bytes = reply()) -> Handler:
    async def send(visit: Visit) -> None:
        await asyncio.sleep(seconds)
        await visit.send(reply(404, b"") if visit.path == POLICY else answer)

    return send


class Web:
    """Servers, each a host of its own, and what becomes of a list of their addresses."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.servers: list[Server] = []
        self.others: set[tuple[str, int]] = set()

    def add(self, answer: Handler, images: int = 1) -> list[str]:
        """A host that answers so, whatever it is asked for; addresses of its images."""
        server = self._stack.enter_context(Server(f"127.0.3.{len(self.servers) + 1}"))
        self.servers.append(server)
        server.on(POLICY, answer)
        return [server.on(f"/{number}", answer) for number in range(images)]

    def quick(self, number: int) -> list[str]:
        """Addresses of so many hosts that answer at once."""
        return [url for _ in range(number) for url in self.add(after(0.0))]

    def outcomes(
        self, urls: list[str], *, is_last: bool = True, held_up_s: float = 0.0, **limits: object
    ) -> dict[str, Fetched | Rejected]:
        """What becomes of each address, in the order in which they end.

        After a moment, the fetcher does nothing for `held_up_s`.
        """
        hosts = {(server.host, server.port) for server in self.servers} | self.others
        wanted = settings(**{"honour_opt_out": True, "attempt_timeout_s": 9.0, **limits})
        found = {}
        with Background(wanted, MAX_BYTES, allowance=Allowance(frozenset(hosts))) as web:
            web.start(enumerate(urls))
            if is_last:
                web.is_last()
            if held_up_s:
                time.sleep(0.1)
                web._loop.call_soon_threadsafe(time.sleep, held_up_s)
            while web.under_way:
                number, result = web.take()
                found[urls[number]] = result
        return found


@pytest.fixture
def web() -> Iterator[Web]:
    with ExitStack() as stack:
        yield Web(stack)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hosts are enough to learn of, and 0.3 seconds of silence enough to give up."""
    monkeypatch.setattr(tail, "HOSTS", 2)
    monkeypatch.setattr(tail, "LOST_S", 0.2)
    monkeypatch.setattr(tail, "STEP_S", 0.3)
    monkeypatch.setattr(tail, "TIMES", 0.1)
    monkeypatch.setattr(tail, "LOOK_S", 0.01)


def test_the_silent_go_when_nothing_else_is_left_and_the_slow_stay(web: Web) -> None:
    """With all settings as they are; the slow one is learnt from."""
    slow, mute = web.add(after(0.15)), web.add(hang, images=6)
    began = time.monotonic()
    found = web.outcomes([*mute, *web.quick(HOSTS), *slow], reply_timeout_s=5.0)
    took_s = time.monotonic() - began
    assert [data(found[url]) for url in [*found][: HOSTS + 1]] == [JPEG] * (HOSTS + 1)
    (said,) = {why(found[url]) for url in mute}
    silent_s = float(str(said[1]).removeprefix("silent for ").removesuffix(f" s, {EARLY}"))
    assert 2.0 <= silent_s < 5.0
    assert silent_s < took_s < silent_s + 0.5


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("is_busy", [True, False])
def test_nobody_goes_while_anything_else_is_done(web: Web, *, is_busy: bool) -> None:
    """A host that answers after 0.6 s, beside one whose image takes 0.9 s to come, or alone."""
    slow, urls = web.add(after(0.6)), web.quick(2)
    if is_busy:
        urls += web.add(drip(JPEG[:9], 0.1))
    found = web.outcomes([*slow, *urls], reply_timeout_s=2.0)
    late = found[slow[0]]
    if is_busy:
        assert data(late) == JPEG
    else:
        assert why(late) == ("timeout", f"silent for 0.3 s, {EARLY}")


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    ("hosts", "limits"), [(2, {"adaptive_timeout": False}), (2, {"is_last": False}), (1, {})]
)
def test_they_have_their_whole_time(web: Web, hosts: int, limits: dict[str, bool]) -> None:
    """If the recipe says so, if the list may go on, if there is too little to learn of."""
    mute = web.add(hang)
    found = web.outcomes([*mute, *web.quick(hosts)], reply_timeout_s=0.6, **limits)
    assert why(found[mute[0]]) == ("timeout", "silent for 0.6 s")


@pytest.mark.usefixtures("hasty")
def test_what_came_while_this_process_was_held_up_counts(web: Web) -> None:
    (image,) = web.add(after(0.4))
    found = web.outcomes([image, *web.quick(2)], held_up_s=0.7, reply_timeout_s=2.0)
    assert data(found[image]) == JPEG


@pytest.mark.usefixtures("hasty")
def test_a_host_that_has_answered_anything_has_its_whole_time(web: Web) -> None:
    """Here: to a question that was asked before that for its image, which waits for longer."""
    (image,) = web.add(after(0.6))
    web.servers[0].on(POLICY, after(0.25))
    assert data(web.outcomes([image, *web.quick(2)], reply_timeout_s=2.0)[image]) == JPEG


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("limits", [{"per_host": 1}, {"robots_txt": True}])
def test_each_address_says_why_even_if_it_was_not_asked_for(
    web: Web, limits: dict[str, object]
) -> None:
    """Its host was silent about itself, which is no ban to visit."""
    mute = web.add(hang, images=3)
    found = web.outcomes([*mute, *web.quick(2)], reply_timeout_s=9.0, **limits)
    assert {why(found[url]) for url in mute} == {("timeout", f"silent for 0.3 s, {EARLY}")}


@pytest.mark.usefixtures("hasty")
def test_where_a_redirect_leads_to_is_given_up_as_well(web: Web) -> None:
    (silent,) = web.add(hang)
    (moved,) = web.add(after(0.0, reply(302, b"", Location=silent)))
    found = web.outcomes([moved, *web.quick(2)], reply_timeout_s=9.0)
    assert why(found[moved]) == ("timeout", f"silent for 0.3 s, {EARLY}")


@pytest.mark.usefixtures("hasty")
def test_who_lets_nobody_connect_is_given_up_as_well(web: Web) -> None:
    """Its queue is full, so that the system drops whoever knocks, as a firewall would."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf, ExitStack() as queue:
        at: tuple[str, int] = deaf.getsockname()
        for _ in range(8):
            one = queue.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(at)
        web.others.add(at)
        url = "http://{}:{}/a".format(*at)
        found = web.outcomes([url, *web.quick(2)], connect_timeout_s=9.0, reply_timeout_s=9.0)
    assert why(found[url]) == ("timeout", f"no connection within 0.3 s, {EARLY}")


def learnt(*quickest_s: float) -> Learnt:
    known = Learnt()
    for seconds in quickest_s:
        known.note(seconds, None)
    return known


def test_patience_is_learnt_of_the_slowest_usual_host() -> None:
    assert learnt(*[0.01] * (HOSTS - 1)).patience_s == math.inf
    assert learnt(*[0.01] * HOSTS).patience_s == 1.5
    assert learnt(*[0.01] * HOSTS, 0.8).patience_s == 5.0
    assert learnt(*[0.01] * 98, 0.8).patience_s == 5.0
    assert learnt(*[0.01] * 99, 0.8).patience_s == 1.5, "one in a hundred is not usual"
    known = learnt(*[0.3] * HOSTS)
    assert known.patience_s == 2.5
    for _ in range(HOSTS):
        known.note(0.11, 0.3)
    assert known.patience_s == 2.0, "the quickest reply of each counts"
