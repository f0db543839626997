"""A server of chat completions: where it is, how it is spoken to, one attempt at a reply."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from vsfa_data.caption.prompted.replies import Reply, Request
from vsfa_data.caption.server import chat
from vsfa_data.caption.server.chat import Again, Price
from vsfa_data.errors import SetupError, printable

if TYPE_CHECKING:
    import aiohttp

MAX_ANSWER_BYTES: Final = 4_000_000
PATIENCE_S: Final = 600.0
"""A server that asks for more time than this, or only fails for so long, is not waited for."""


@dataclass(frozen=True)
class Server:
    """Where and how to ask. `key` is shown nowhere."""

    url: str
    model: str
    key: str | None = field(default=None, repr=False)
    timeout_s: float = 120.0
    attempts: int = 6
    temperature: float = 0.0
    price: Price = field(default_factory=Price)
    patience_s: float = PATIENCE_S

    def headers(self) -> dict[str, str]:
        """Headers of every request."""
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}

    def without_key(self, text: str) -> str:
        """`text` in one line and without the key, should a server have sent it back."""
        return printable(text.replace(self.key, "***") if self.key else text)

    def session(self) -> aiohttp.ClientSession:
        """Connections to it, for one event loop; whoever opens them closes them."""
        import aiohttp

        return aiohttp.ClientSession(
            headers=self.headers(),
            timeout=aiohttp.ClientTimeout(total=self.timeout_s),
            connector=aiohttp.TCPConnector(limit=0),
        )


async def attempt(
    server: Server, session: aiohttp.ClientSession, request: Request
) -> Reply | Again:
    """Ask once. Raises SetupError where nothing but the user can help."""
    import aiohttp

    data = chat.body(server.model, request, server.temperature)
    try:
        # A redirect could carry key and picture to another server.
        async with session.post(
            f"{server.url}/chat/completions",
            data=data,
            headers={"Content-Type": "application/json"},
            allow_redirects=False,
        ) as response:
            answer = await _read(response)
            return _understood(server, response.status, response.headers, answer)
    except TimeoutError:
        return Again(f"no answer within {server.timeout_s:g} s", overloaded=True)
    except (aiohttp.ClientError, OSError) as error:
        return Again(str(error) or type(error).__name__)


def _understood(
    server: Server, status: int, headers: Mapping[str, str], data: bytes
) -> Reply | Again:
    if server.key:  # before anything is cut short, or a part of it might be left
        data = data.replace(server.key.encode(), b"***")
    try:
        return chat.answer(status, headers, data, server.price)
    except SetupError as error:
        raise SetupError(f"{server.url}: {server.without_key(str(error))}") from None


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The answer's bytes; of a longer one than can be right, only the start."""
    parts: list[bytes] = []
    read = 0
    async for part in response.content.iter_any():
        parts.append(part)
        read += len(part)
        if read > MAX_ANSWER_BYTES:
            break
    return b"".join(parts)[:MAX_ANSWER_BYTES]


def models(server: Server) -> tuple[int, bytes]:
    """Status and answer of GET /models, within 5 s. Raises what aiohttp raises, or TimeoutError."""
    return asyncio.run(_models(server))


async def _models(server: Server) -> tuple[int, bytes]:
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=5.0)
    async with (
        aiohttp.ClientSession(headers=server.headers(), timeout=timeout) as session,
        session.get(f"{server.url}/models", allow_redirects=False) as response,
    ):
        return response.status, await _read(response)
