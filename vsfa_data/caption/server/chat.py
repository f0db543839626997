"""The chat-completions protocol as vLLM, SGLang, TGI, llama.cpp and others speak it.

Nothing here touches the network: a request becomes a JSON body, an answer becomes a reply or a
reason to try again. What a server sends is not trusted.
"""

from __future__ import annotations

import base64
import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final

from vsfa_data.caption.prompted.replies import Finish, Reply, Request, Usage
from vsfa_data.errors import SetupError, printable

MAX_CHARACTERS: Final = 20_000
"""Longer texts are no reply to anything that is asked here."""
OVERLOADED: Final = frozenset({429, 500, 502, 503, 504, 529})
LIMITED: Final = frozenset({429, 503})
TRY_AGAIN: Final = OVERLOADED | {408, 409, 425}
UNFIT: Final = frozenset({400, 413, 415, 422})
_BODY: Final = (
    b'{"messages": [{"role": "user", "content": ['
    b'{"type": "image_url", "image_url": {"url": "data:%b;base64,%b"}}, %b]}], %b'
)
_FINISH: Final[Mapping[str, Finish]] = {"length": "length", "content_filter": "refusal"}


@dataclass(frozen=True)
class Again:
    """Why an attempt came to nothing, and what to make of it.

    `overloaded`: fewer requests at a time might help. `limited`: the server is well and only asks
    for patience, `after_s` seconds of it if it says so. `final`: trying again is of no use.
    """

    why: str
    overloaded: bool = False
    limited: bool = False
    after_s: float | None = None
    final: bool = False


@dataclass(frozen=True)
class Price:
    """What a million tokens cost, in any currency; None if that is not known."""

    input: float | None = None
    output: float | None = None

    def of(self, usage: Usage) -> Usage:
        """The same with its cost."""
        if self.input is None or self.output is None:
            return usage
        cost = usage.input_tokens * self.input + usage.output_tokens * self.output
        return usage._replace(cost=cost / 1e6)


def body(model: str, request: Request, temperature: float) -> bytes:
    """The JSON that asks `request`. The picture travels as bytes, never as an address."""
    rest = {
        "model": model,
        "max_tokens": request.max_new_tokens,
        "temperature": temperature,
        "stream": False,
    }
    # Put together by hand: looking through the picture for what JSON escapes took twice as long
    # as encoding it, while replies were waiting to be read.
    return _BODY % (
        request.picture.media_type.encode(),
        base64.b64encode(request.picture.data),
        json.dumps({"type": "text", "text": request.prompt}).encode(),
        json.dumps(rest).encode()[1:],
    )


def answer(status: int, headers: Mapping[str, str], data: bytes, price: Price) -> Reply | Again:
    """What a server's answer means. Raises SetupError where nothing but the user can help."""
    if status == 200:
        return _reply(data, price)
    said = _complaint(data)
    if status in TRY_AGAIN:
        wait = retry_after(headers.get("Retry-After"), time.time())
        return Again(f"{status}: {said}", status in OVERLOADED, status in LIMITED, wait)
    if status in UNFIT:
        if any(word in said.casefold() for word in ("content_filter", "content policy")):
            return Reply("", "refusal")
        return Again(f"{status}: {said}", final=True)
    if status in {401, 403}:
        raise SetupError(
            f"the server refuses access ({status}: {said}). Name the environment variable that "
            f"holds your key with --set caption.key_env=NAME, and set it"
        )
    what = "does not know the model or the path" if status == 404 else "gives no completion"
    raise SetupError(
        f"the server {what} ({status}: {said}). Check caption.model, and that caption.url ends as "
        f"the server's manual says (often /v1)"
    )


def retry_after(header: str | None, now: float) -> float | None:
    """Seconds to wait by a Retry-After header (RFC 9110, 10.2.3), or None if it says nothing."""
    if header is None:
        return None
    try:
        wait_s = float(header)
    except ValueError:
        try:
            wait_s = parsedate_to_datetime(header).timestamp() - now
        except (ValueError, OverflowError):
            return None
    return max(0.0, wait_s) if math.isfinite(wait_s) else None


def _reply(data: bytes, price: Price) -> Reply | Again:
    try:
        given = json.loads(data)
        choice = given["choices"][0]
        message = choice["message"]
        text, refusal = _text(message.get("content")), message.get("refusal")
        finish = choice.get("finish_reason")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        return Again(f"200 with what is no chat completion: {_shown(data)}")
    if len(text) > MAX_CHARACTERS:
        return Again(f"200 with a text of {len(text):,} characters")
    usage = _usage(given.get("usage"), price)
    if refusal:
        return Reply(text, "refusal", usage)
    return Reply(text, _FINISH.get(str(finish), "stop"), usage)


def _text(content: object) -> str:
    """A message's content: text, or parts of text. Raises TypeError for anything else."""
    if content is None:
        return ""
    if isinstance(content, list):
        content = "".join(part["text"] for part in content if part["type"] == "text")
    if not isinstance(content, str):
        raise TypeError
    # JSON can hold half a character, which no file of ours can.
    return content.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _usage(given: object, price: Price) -> Usage | None:
    if not isinstance(given, Mapping):
        return None
    counts = [given.get(key) for key in ("prompt_tokens", "completion_tokens")]
    numbers = [count for count in counts if type(count) is int and 0 <= count < 2**40]
    return price.of(Usage(*numbers)) if len(numbers) == 2 else None


def _complaint(data: bytes) -> str:
    """What a server says is wrong: `error.message` where it is JSON, else its first words."""
    try:
        error: Any = json.loads(data)
        for key in ("error", "message", "detail"):
            if isinstance(error, Mapping) and key in error:
                if isinstance(error[key], Mapping) and error[key].get("code"):
                    return _shown(f"{error[key]['code']}: {error[key].get('message')}".encode())
                error = error[key]
        return _shown(str(error).encode())
    except (ValueError, RecursionError):
        return _shown(data)


def _shown(data: bytes) -> str:
    return printable(data[:200].decode("utf-8", "replace")) or "nothing"
