"""Being told to end: ctrl-C, and the SIGTERM of service managers and containers."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Final

import typer

from vsfa_data.console.output import say

EXIT_CODE: Final = 130
_GRACE_S: Final = 2.0
"""For what has to be cleaned up; a library that waits for a silent server would take minutes."""


class Terminated(KeyboardInterrupt):
    """A SIGTERM, which ends what runs as ctrl-C does."""


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """A SIGTERM raises Terminated within the block; one that is ignored stays so.

    Unhandled it would end this process alone, or not at all where it is a container's first.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Terminated

    before = signal.getsignal(signal.SIGTERM)
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def exit_code(told: KeyboardInterrupt) -> int:
    """What a command that was told to end exits with, as shells count it."""
    return 128 + (signal.SIGTERM if isinstance(told, Terminated) else signal.SIGINT)


def _leave() -> None:
    scratch = sys.modules.get("vsfa_data.release.hub.scratch")
    if scratch is not None:
        scratch.discard_all()
    os._exit(EXIT_CODE)


@contextlib.contextmanager
def ending(told: str) -> Iterator[None]:
    """On ctrl-C, say `told` and exit with 130, after two seconds whatever still runs.

    For work that may end at any moment without harm.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # Nothing that breaks off now is worth a warning.
        logging.disable(logging.CRITICAL)
        say(told)
        timer = threading.Timer(_GRACE_S, _leave)
        timer.daemon = True
        timer.start()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    except KeyboardInterrupt:
        raise typer.Exit(EXIT_CODE) from None
    finally:
        if signal.getsignal(signal.SIGINT) is stop:
            signal.signal(signal.SIGINT, before)
