"""How many sockets may be open beside those of the downloads."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Final

SILENT_PER_PLACE: Final = 32
"""One address in ten that hangs for twenty seconds, at 500 addresses a second, is a thousand."""
FIRST_PER_PLACE: Final = 4
"""Requests at once to hosts that have not answered yet, for each place. Most ask for a small file,
tdmrep.json, so that replies that wait for a place take little memory."""


def beside(concurrency: int) -> tuple[int, int]:
    """How many new hosts may be asked at once, and how many may be silent, beside the downloads.

    Half of the files that may be open, at most. As many files may be opened as all that needs, if
    the system lets a process decide that.
    """
    first, silent = FIRST_PER_PLACE * concurrency, SILENT_PER_PLACE * concurrency
    if sys.platform == "win32":  # which has no such limit
        return first, silent
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * (first + silent + concurrency)
    if 0 <= soft < needed:
        soft = needed if hard < 0 else min(needed, hard)
        with suppress(OSError, ValueError):  # macOS has a lower limit of its own
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 0:
        return first, silent
    first = max(1, min(first, soft // 8))
    return first, max(0, min(silent, soft // 2 - concurrency - first))
