from __future__ import annotations

import asyncio

import pytest

from tests.caption.chat_server import MODEL, Answer, Asked, complains, describes, serving
from tests.caption.made import plain
from vsfa_data.caption.prompted.replies import Reply, Request
from vsfa_data.caption.server.chat import Again
from vsfa_data.caption.server.server import Server, attempt
from vsfa_data.errors import SetupError

REQUEST = Request(0, plain("#208040", (8, 8)), "Describe it.", 9)
KEY = "sk-very-secret"


def ask(server: Server) -> Reply | Again:
    async def once() -> Reply | Again:
        async with server.session() as session:
            return await attempt(server, session, REQUEST)

    return asyncio.run(once())


def test_one_attempt_is_a_reply_or_why_there_is_none() -> None:
    with serving() as server:
        assert isinstance(ask(Server(server.url, MODEL)), Reply)
        assert len(server.seen) == 1
        url = server.url
    gone = ask(Server(url, MODEL))
    assert isinstance(gone, Again)
    assert "Cannot connect" in gone.why


def test_an_answer_that_takes_too_long_is_not_waited_for() -> None:
    with serving(lambda _: Answer(b"", delay_s=1.0)) as server:
        late = ask(Server(server.url, MODEL, timeout_s=0.1))
    assert late == Again("no answer within 0.1 s", overloaded=True)


@pytest.mark.parametrize("before", range(180, 200, 4))
def test_no_part_of_a_key_that_comes_back_is_told(before: int) -> None:
    """What is told of an answer ends somewhere, which may be in the middle of the key."""

    def echo(asked: Asked) -> Answer:
        assert asked.headers["Authorization"] == f"Bearer {KEY}"
        return complains(401, "x" * before + KEY)

    assert KEY not in repr(Server("http://x", MODEL, KEY))
    with serving(echo) as server, pytest.raises(SetupError) as told:
        ask(Server(server.url, MODEL, KEY))
    assert "sk-" not in str(told.value)


def test_it_is_asked_in_the_model_s_name() -> None:
    with serving(describes) as server:
        ask(Server(server.url, MODEL, temperature=0.5))
    (asked,) = server.seen
    assert (asked.body["model"], asked.body["temperature"]) == (MODEL, 0.5)
