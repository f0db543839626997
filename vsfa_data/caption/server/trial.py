"""Whether a server is of any use, found out before a build has collected a single picture."""

from __future__ import annotations

import asyncio
import json
from io import BytesIO
from typing import Final

from vsfa_data.caption.picture import Picture
from vsfa_data.caption.prompted.replies import Reply, Request
from vsfa_data.caption.server.chat import Again
from vsfa_data.caption.server.server import Server, attempt, models
from vsfa_data.errors import SetupError, UserError

TRIAL_S: Final = 30.0
"""Seconds that the completion may take. A model that is still being loaded takes longer: the build
begins, and waits for it as it waits for any busy server."""
ATTEMPTS: Final = 2
"""A connection that breaks once says nothing; one that breaks twice does."""
_SIDE_PX: Final = 256
"""Larger than the smallest picture that a model takes."""


def trial(server: Server, prompt: str, max_new_tokens: int) -> None:
    """Ask for its models, and for one completion about a plain grey picture.

    Raises SetupError or UserError, with the server's own reason, if it will give none. One that is
    busy or slow passes.
    """
    _require_model(server)
    request = Request(0, _plain(), prompt, max_new_tokens)
    outcome = asyncio.run(_outcome(server, request))
    if isinstance(outcome, Again) and not outcome.overloaded:
        raise SetupError(
            f"{server.url} gives no completion: {server.without_key(outcome.why)}. Check "
            f"caption.url (it often ends in /v1), caption.model and the server, then run the same "
            f"command again"
        )


def _require_model(server: Server) -> None:
    import aiohttp

    try:
        status, data = models(server)
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise SetupError(
            f"no server answers at {server.url} ({error or type(error).__name__}). Start it, "
            f"or give its address with --set caption.url=..."
        ) from None
    if status in {401, 403}:
        raise SetupError(
            f"{server.url} refuses access ({status}). Name the environment variable that "
            f"holds your key with --set caption.key_env=NAME, and set it"
        )
    known = _listed(data) if status == 200 else []
    if known and server.model not in known:
        raise UserError(
            f"caption.model: {server.url} has no model '{server.model}'. "
            f"It has: {', '.join(known[:10])}"
        )


async def _outcome(server: Server, request: Request) -> Reply | Again | None:
    """What the last attempt came to; None if that is not known in time."""
    try:
        async with asyncio.timeout(TRIAL_S), server.session() as session:
            for _ in range(ATTEMPTS):
                outcome = await attempt(server, session, request)
                if isinstance(outcome, Reply) or outcome.final or outcome.overloaded:
                    break
            return outcome
    except TimeoutError:
        return None


def _plain() -> Picture:
    from hashlib import sha256

    from PIL import Image

    file = BytesIO()
    Image.new("RGB", (_SIDE_PX, _SIDE_PX), (128, 128, 128)).save(file, "PNG")
    data = file.getvalue()
    return Picture(sha256(data).hexdigest(), data)


def _listed(data: bytes) -> list[str]:
    """Names in the answer to GET /models; none if it is something else."""
    try:
        return [str(entry["id"])[:200] for entry in json.loads(data)["data"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
