from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.caption.made import plain
from vsfa_data.caption.prompted.replies import Reply, Request, Usage
from vsfa_data.caption.server import chat
from vsfa_data.caption.server.chat import Again, Price
from vsfa_data.errors import SetupError

FREE = Price()


def completion(**choice: Any) -> bytes:
    message = {"role": "assistant", "content": "A dog."} | choice.pop("message", {})
    return json.dumps(
        {"choices": [{"message": message, "finish_reason": "stop"} | choice]}
    ).encode()


def test_a_picture_travels_as_bytes_in_the_message() -> None:
    picture = plain("red")
    asked = json.loads(chat.body("m", Request(0, picture, "What?", 7), 0.5))
    (message,) = asked.pop("messages")
    image, text = message["content"]
    assert asked == {"model": "m", "max_tokens": 7, "temperature": 0.5, "stream": False}
    assert text == {"type": "text", "text": "What?"}
    head, _, data = image["image_url"]["url"].partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(data) == picture.data


@pytest.mark.parametrize(
    ("data", "reply"),
    [
        (completion(), Reply("A dog.")),
        (completion(finish_reason="length"), Reply("A dog.", "length")),
        (completion(finish_reason="eos_token"), Reply("A dog.")),
        (completion(finish_reason=None), Reply("A dog.")),
        (completion(finish_reason="content_filter"), Reply("A dog.", "refusal")),
        (completion(message={"content": None, "refusal": "I can't."}), Reply("", "refusal")),
        (completion(message={"content": None}), Reply("")),
        (completion(message={"content": [{"type": "text", "text": "A"}]}), Reply("A")),
        (completion(message={"content": None, "tool_calls": [{"id": "1"}]}), Reply("")),
        (
            completion(message={"content": "A \ud83d\ude00 and \ud83d"}),
            Reply("A \U0001f600 and \ufffd"),
        ),
    ],
)
def test_a_completion_is_a_reply(data: bytes, reply: Reply) -> None:
    assert chat.answer(200, {}, data, FREE) == reply


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>",
        completion()[:-5],
        b"[]",
        b"null",
        b'{"choices": []}',
        b'{"choices": [{}]}',
        b'{"choices": [{"message": "text"}]}',
        b'{"choices": [{"message": {"content": 7}}]}',
        b'{"choices": [{"message": {"content": [{"type": "text"}]}}]}',
        b"[" * 100_000,
        completion(message={"content": "x" * (chat.MAX_CHARACTERS + 1)}),
    ],
)
def test_what_is_no_completion_is_tried_again_and_is_nobody_s_load(data: bytes) -> None:
    found = chat.answer(200, {}, data, FREE)
    assert isinstance(found, Again)
    assert found.why.startswith("200 with ")
    assert (found.overloaded, found.limited, found.after_s, found.final) == (False,) * 2 + (
        None,
        False,
    )
    assert len(found.why) < 300


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 529])
def test_an_overloaded_server_is_asked_less(status: int) -> None:
    found = chat.answer(status, {"Retry-After": "3"}, b"busy", FREE)
    assert found == Again(f"{status}: busy", True, status in {429, 503}, 3.0)


def test_what_is_unfit_is_not_tried_again() -> None:
    data = b'{"error": {"message": "image too large", "code": null}}'
    assert chat.answer(400, {}, data, FREE) == Again("400: image too large", final=True)


def test_a_content_filter_is_a_refusal() -> None:
    data = b'{"error": {"message": "no", "code": "content_filter"}}'
    assert chat.answer(400, {}, data, FREE) == Reply("", "refusal")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "refuses access .*key_env"),
        (403, "refuses access"),
        (404, r"caption\.model, and that caption\.url"),
        (302, r"gives no completion \(302: nope\)\. Check caption\.model, and that caption\.url"),
        (204, r"gives no completion \(204: nope\)"),
    ],
)
def test_what_only_the_user_can_mend_is_told(status: int, said: str) -> None:
    with pytest.raises(SetupError, match=said):
        chat.answer(status, {}, b'{"detail": "nope"}', FREE)


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b'{"error": "plain"}', "plain"),
        (b'{"message": "also"}', "also"),
        (b'{"detail": [{"msg": "x"}]}', "[{'msg': 'x'}]"),
        (b"", "nothing"),
        (b"\x1b[31mred\n\x00two", "[31mred two"),
        (b"\xff\xfe" * 10_000, "\N{REPLACEMENT CHARACTER}" * 200),
    ],
)
def test_complaints_are_shown_in_one_harmless_line(data: bytes, shown: str) -> None:
    found = chat.answer(500, {}, data, FREE)
    assert isinstance(found, Again)
    assert found.why == f"500: {shown}"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 60.0),
        ("Thu, 01 Jan 1970 00:00:10 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert chat.retry_after(header, now=40.0) == seconds


def test_tokens_are_counted_and_priced() -> None:
    data = json.loads(completion())
    data["usage"] = {"prompt_tokens": 300, "completion_tokens": 20}
    reply = chat.answer(200, {}, json.dumps(data).encode(), Price(2.0, 10.0))
    assert isinstance(reply, Reply)
    assert reply.usage == Usage(300, 20, cost=(300 * 2.0 + 20 * 10.0) / 1e6)
    reply = chat.answer(200, {}, json.dumps(data).encode(), Price(2.0, None))
    assert isinstance(reply, Reply)
    assert reply.usage == Usage(300, 20, None)


@pytest.mark.parametrize("usage", [None, 7, {}, {"prompt_tokens": "x", "completion_tokens": -1}])
def test_a_usage_that_cannot_be_is_not_counted(usage: Any) -> None:
    reply = chat.answer(
        200, {}, json.dumps(json.loads(completion()) | {"usage": usage}).encode(), FREE
    )
    assert isinstance(reply, Reply)
    assert reply.usage is None
