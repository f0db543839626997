"""Putting it together, and running it: in a thread for tests, in the foreground for people."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from vsfa_data.errors import SetupError
from vsfa_data.hub_sim.access import HUB, Hub
from vsfa_data.hub_sim.accounts import ACCOUNTS, Account
from vsfa_data.hub_sim.answers import RefusedError
from vsfa_data.hub_sim.faults import FAULTS, Faults, GoneError
from vsfa_data.hub_sim.misbehave import Handler, misbehave
from vsfa_data.hub_sim.routes import routes
from vsfa_data.hub_sim.storage import Storage

HOST: Final = "127.0.0.1"
MAX_BODY_BYTES: Final = 512 * 2**20
"""What a call other than an upload may send: a commit holds its small files."""


@dataclass(frozen=True)
class Running:
    """A hub that listens."""

    url: str
    hub: Hub
    faults: Faults


@web.middleware
async def refusing(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn a RefusedError into an answer, and a mistake of this program into a 500 that is kept."""
    try:
        return await handler(request)
    except RefusedError as refusal:
        return refusal.response()
    except (GoneError, web.HTTPException, OSError):
        raise
    except Exception as error:  # noqa: BLE001 - a server goes on serving
        request.app[HUB].mistakes.append(error)
        return web.json_response({"error": repr(error)}, status=500)


@asynccontextmanager
async def listening(
    root: Path, port: int = 0, accounts: Mapping[str, Account] = ACCOUNTS
) -> AsyncIterator[Running]:
    """Serve the repositories under `root` on the loopback interface; port 0: any free one.

    Raises SetupError if git is missing or the port is taken.
    """
    if shutil.which("git") is None:
        raise SetupError("a hub keeps its repositories with git, which is not installed")
    app = web.Application(middlewares=[misbehave, refusing], client_max_size=MAX_BODY_BYTES)
    app[HUB] = Hub(Storage(root), accounts, secrets.token_bytes())
    app[FAULTS] = Faults()
    app.add_routes(routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, port)
        try:
            await site.start()
        except OSError as error:
            raise SetupError(
                f"cannot listen on {HOST}:{port} ({error.strerror}). Choose another --port"
            ) from None
        yield Running(f"http://{HOST}:{runner.addresses[0][1]}", app[HUB], app[FAULTS])
    finally:
        await runner.cleanup()


@contextmanager
def in_thread(root: Path, accounts: Mapping[str, Account] = ACCOUNTS) -> Iterator[Running]:
    """A hub that listens while the block runs."""
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    ready, found = threading.Event(), list[Running]()

    async def serve() -> None:
        try:
            async with listening(root, accounts=accounts) as running:
                found.append(running)
                ready.set()
                await stop.wait()
        finally:
            ready.set()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    ready.wait()
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
