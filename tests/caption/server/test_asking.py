from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.caption.chat_server import MODEL, Answer, Asked, complains, describes, says, serving
from tests.caption.made import plain
from vsfa_data.caption.prompted.replies import Reply, Request
from vsfa_data.caption.server import asking, waiting
from vsfa_data.caption.server.adaptive import Limit
from vsfa_data.caption.server.asking import Asker
from vsfa_data.caption.server.server import Server
from vsfa_data.errors import SetupError
from vsfa_data.processes import notices

PICTURES = [plain(f"#{red:02x}{green:02x}80", (8, 8)) for red in range(10) for green in range(10)]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "FIRST_WAIT_S", 0.01)


def ask(server: Server, count: int = len(PICTURES), limit: Limit | None = None) -> dict[int, Reply]:
    async def all_of_them() -> dict[int, Reply]:
        asker = Asker(server, limit or Limit(most=16))
        found: dict[int, Reply] = {}
        try:
            for at in range(count):
                asker.put(Request(at, PICTURES[at], "Describe it.", 9))
            while asker.busy:
                found |= {request.number: reply for request, reply in await asker.some()}
        finally:
            await asker.close()
        return found

    return asyncio.run(asyncio.wait_for(all_of_them(), 30))


def by_turns(*turns: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
    """Each picture is answered by the first of `turns`, then by the second, then by `describes`."""

    def behave(asked: Asked) -> Answer:
        return (*turns, *[describes] * 9)[min(asked.nth, len(turns) + 1) - 1](asked)

    return behave


def whole(found: dict[int, Reply], count: int = len(PICTURES)) -> None:
    """Every picture has the very reply that a well server gives."""
    assert sorted(found) == list(range(count))
    for at, reply in found.items():
        asked = {"messages": [{"content": [_image(at), {"text": "Describe it."}]}]}
        assert reply.text in describes(Asked(asked, {}, 1)).data.decode()
        assert reply.finish == "stop"


def _image(at: int) -> dict[str, Any]:
    import base64

    data = base64.b64encode(PICTURES[at].data).decode()
    return {"image_url": {"url": f"data:image/png;base64,{data}"}}


def test_all_are_asked_many_at_a_time_and_no_more_than_allowed() -> None:
    def slowly(asked: Asked) -> Answer:
        answer = describes(asked)
        answer.delay_s = 0.02
        return answer

    with serving(slowly) as server:
        whole(ask(Server(server.url, MODEL)))
    assert len(server.seen) == len(PICTURES)
    assert server.most_at_once == 16
    assert {asked.body["model"] for asked in server.seen} == {MODEL}


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(lambda _: complains(500), id="500"),
        pytest.param(lambda _: complains(502), id="502"),
        pytest.param(lambda _: complains(429), id="429"),
        pytest.param(lambda _: Answer(b"{", 200), id="truncated JSON"),
        pytest.param(lambda _: Answer(b'{"choices": []}', 200), id="no choices"),
        pytest.param(lambda _: Answer(b'{"hello": 1}', 200), id="wrong schema"),
        pytest.param(lambda asked: _cut(describes(asked)), id="connection closed"),
        pytest.param(lambda _: Answer(b"x" * 5_000_000, 200), id="endless"),
    ],
)
def test_what_fails_for_a_while_is_tried_again(first: Callable[[Asked], Answer]) -> None:
    with serving(by_turns(first)) as server:
        whole(ask(Server(server.url, MODEL), 20), 20)
    assert len(server.seen) == 40


def _cut(answer: Answer) -> Answer:
    answer.cut = 20
    return answer


def test_a_server_that_stalls_is_asked_again() -> None:
    def stalls(asked: Asked) -> Answer:
        answer = describes(asked)
        answer.delay_s = 30.0 if asked.nth == 1 and int(asked.image[-20]) % 2 else 0.0
        return answer

    with serving(stalls) as server:
        whole(ask(Server(server.url, MODEL, timeout_s=0.4), 12), 12)
    assert len(server.seen) > 12


def test_a_storm_of_429_is_ridden_out_with_fewer_at_a_time() -> None:
    """A server that takes four at a time and says so: no picture is lost, whatever it takes."""

    def four(asked: Asked) -> Answer:
        if server._now > 4:
            return complains(429)
        answer = describes(asked)
        answer.delay_s = 0.01
        return answer

    limit = Limit(most=64, start=32)
    with serving(four) as server:
        whole(ask(Server(server.url, MODEL, attempts=1), limit=limit))
    assert limit.now < 12


def test_retry_after_holds_everything_back() -> None:
    def once(asked: Asked) -> Answer:
        if len(server.seen) == 1:
            return complains(429, **{"Retry-After": "0.5"})
        return describes(asked)

    with serving(once) as server:
        whole(ask(Server(server.url, MODEL), 10, Limit(most=1)), 10)
    assert server.times[1] - server.times[0] >= 0.5


def test_a_server_that_asks_for_too_much_patience_stops_the_build() -> None:
    told = r"wants 86400 s more patience than there is .*429: quota.*replies so far are kept"
    with (
        serving(lambda _: complains(429, "quota", **{"Retry-After": "86400"})) as server,
        pytest.raises(SetupError, match=told),
    ):
        ask(Server(server.url, MODEL), 3)
    assert len(server.seen) <= 3


def test_a_server_that_only_ever_says_429_is_given_up_when_patience_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting, "FIRST_S", 0.1)
    monkeypatch.setattr(waiting, "EACH_S", 0.15)
    told: list[str] = []
    started = time.monotonic()
    with (
        notices.listening(told.append),
        serving(lambda _: complains(429, "queue full")) as server,
        pytest.raises(SetupError, match=r"longer than there is patience \(caption.patience_s, 0.6"),
    ):
        ask(Server(server.url, MODEL, patience_s=0.6), 3)
    assert 0.6 <= time.monotonic() - started < 5.0
    assert 1 <= len(told) <= 4
    assert told[0].startswith(
        f"waiting for {server.url}: no reply for 0 s. It says 429: queue full"
    )


def test_what_was_waited_for_is_told_to_be_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "FIRST_S", 0.0)
    told: list[str] = []
    with notices.listening(told.append), serving(by_turns(lambda _: complains(429))) as server:
        whole(ask(Server(server.url, MODEL), 4), 4)
    assert told[0].startswith("waiting for ")
    assert told[-1] == ""


def test_a_picture_that_never_works_is_given_up_and_the_others_are_not() -> None:
    bad = PICTURES[3].data

    def behave(asked: Asked) -> Answer:
        return complains(500) if asked.image == bad else describes(asked)

    with serving(behave) as server:
        found = ask(Server(server.url, MODEL, attempts=3), 20)
    assert found.pop(3) == Reply("", "failed")
    assert len(found) == 19
    assert {reply.finish for reply in found.values()} == {"stop"}
    assert sum(asked.image == bad for asked in server.seen) == 3


def test_an_unfit_picture_is_given_up_at_once() -> None:
    bad = PICTURES[3].data

    def behave(asked: Asked) -> Answer:
        return complains(400, "image too large") if asked.image == bad else describes(asked)

    with serving(behave) as server:
        found = ask(Server(server.url, MODEL), 20)
    assert found[3] == Reply("", "failed")
    assert len(server.seen) == 20


@pytest.mark.parametrize("status", [400, 500])
def test_a_server_that_fails_always_stops_the_build_soon(status: int) -> None:
    with (
        serving(lambda _: complains(status, "no vision here")) as server,
        pytest.raises(SetupError, match=rf"5 pictures in a row.*{status}: no vision here"),
    ):
        ask(Server(server.url, MODEL, attempts=2))
    assert len(server.seen) < 60


def test_replies_that_came_with_the_last_straw_are_handed_out_first() -> None:
    """What was paid for is kept: 401 in the middle of a build loses no reply that is there."""

    async def run(url: str) -> tuple[int, str]:
        asker = Asker(Server(url, MODEL), Limit(most=8, start=8))
        for at in range(8):
            asker.put(Request(at, PICTURES[at], "Describe it.", 9))
        got = 0
        try:
            while asker.busy:
                got += len(await asker.some())
        except SetupError as error:
            return got, str(error)
        finally:
            await asker.close()
        return got, ""

    def behave(asked: Asked) -> Answer:
        answer = complains(401) if asked.image == PICTURES[0].data else describes(asked)
        answer.delay_s = 0.3 if answer.status == 401 else 0.0
        return answer

    with serving(behave) as server:
        got, said = asyncio.run(run(server.url))
    assert got == 7
    assert "refuses access" in said


def test_a_refusal_is_a_reply() -> None:
    with serving(lambda _: says(None, refusal="I can't help with that.")) as server:
        assert ask(Server(server.url, MODEL), 1) == {0: Reply("", "refusal")}
    assert len(server.seen) == 1


def test_a_redirect_is_not_followed() -> None:
    with serving() as other:

        def away(_: Asked) -> Answer:
            return Answer(b"", 307, {"Location": f"{other.url}/chat/completions"})

        with (
            serving(away) as server,
            pytest.raises(SetupError, match=r"gives no completion \(307: "),
        ):
            ask(Server(server.url, MODEL, key="sk-secret"), 1)
    assert other.seen == []


def test_the_key_goes_to_the_server_and_nowhere_else() -> None:
    key = "sk-very-secret"
    server_settings = Server("http://x", MODEL, key)
    assert key not in repr(server_settings)
    with serving(key=key) as server:
        whole(ask(Server(server.url, MODEL, key), 3), 3)

    def echo(asked: Asked) -> Answer:
        return complains(401, f"bad key {asked.headers['Authorization']}")

    with serving(echo) as server, pytest.raises(SetupError) as told:
        ask(Server(server.url, MODEL, key), 1)
    assert key not in str(told.value)
    assert "bad key Bearer ***" in str(told.value)


def test_a_server_that_is_gone_is_told() -> None:
    with serving() as server:
        url = server.url
    with pytest.raises(SetupError, match="5 pictures in a row"):
        ask(Server(url, MODEL, attempts=2), 8)
