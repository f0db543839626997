"""`vsfa-data hub-sim`: a Hub on this machine, to try things out without an account."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from vsfa_data.commands.as_json import AsJson
from vsfa_data.console.output import print_json, say
from vsfa_data.errors import SetupError

if TYPE_CHECKING:
    from vsfa_data.hub_sim.server import Running

EXAMPLES: Final = ("vsfa-data hub-sim", "vsfa-data hub-sim --dir out/hub --port 0 --json")


def hub_sim(
    *,
    folder: Annotated[Path, typer.Option("--dir", help="Where its repositories are kept.")] = Path(
        "out/hub"
    ),
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")
    ] = 8765,
    as_json: AsJson = False,
) -> None:
    """Run a Hub on this machine, for trying things out, until ctrl-C.

    The official clients use it as they are, with the environment that it prints.
    """
    import asyncio

    from vsfa_data.hub_sim.server import listening

    async def serve() -> None:
        async with listening(folder, port) as running:
            _tell(running, as_json=as_json)
            await asyncio.Event().wait()

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(f"cannot use {folder} ({error.strerror}). Choose another --dir") from None
    try:
        asyncio.run(serve())
    except KeyboardInterrupt:
        say(f"stopped. Its repositories stay in {folder}")


def _tell(running: Running, *, as_json: bool) -> None:
    """Say where it listens, as lines that a shell can take."""
    environment = {
        "HF_ENDPOINT": running.url,
        # It has plain git-lfs, which the clients use only when they are told to.
        "HF_HUB_DISABLE_XET": "1",
        "HF_TOKEN": "hf_local_write",
    }
    if as_json:
        print_json({"url": running.url, "environment": environment, "tokens": _TOKENS})
    else:
        for name, value in environment.items():
            typer.echo(f"export {name}={value}")
        say("other tokens: " + ", ".join(f"{token} ({what})" for token, what in _TOKENS.items()))
        say("Paste the three lines into another terminal. Ctrl-C ends it")


_TOKENS: Final = {"hf_local_read": "may read only", "hf_local_guest": "a stranger"}
