"""The process that decodes: one picture after another from a pipe, until its parent is gone.

Pictures come several at a time and answers go so too: where others want the processor, each turn
of two processes is a wait for it.

Answers are JSON and image bytes, nothing that could be unpickled: bytes that take over a decoder
shall gain nothing in the parent.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, Final

from vsfa_data.collect import heap, parcels
from vsfa_data.collect.normalised import Limits, Normalised
from vsfa_data.collect.rejected import Rejected

BYTES_PER_PIXEL: Final = 64
"""Memory for each pixel that a picture may have. Floating-point TIFF takes most: 17, measured."""
BYTES_BESIDES: Final = 2**30
"""Memory for the interpreter, its libraries (130 MB, measured) and the file itself."""
HELD_S: Final = 0.5
"""How long answers wait for those to the pictures after them, about."""
_PR_SET_PDEATHSIG: Final = 1

Normaliser = Callable[[bytes, Limits], Normalised]


def main() -> None:
    """`python -m vsfa_data.collect.decoder_child READ_FROM WRITE_TO SETTINGS`, both descriptors."""
    settings = json.loads(sys.argv[3])
    _die_with_parent(settings["parent"])
    given, answered = (Connection(int(number)) for number in sys.argv[1:3])
    with given, answered, suppress(EOFError, BrokenPipeError):
        serve(given, answered, settings["limits"], settings["max_decode_s"])


def serve(given: Connection, answered: Connection, limits: dict[str, Any], max_s: float) -> None:
    """Answer until the other ends are closed, which raises EOFError or BrokenPipeError."""
    from vsfa_data.collect import normalise

    normalise.prepare()
    heap.keep()
    chosen = Limits(**limits)
    memory = _limit_memory(chosen)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGPROF})
    answered.send_bytes(b"ready")
    # C libraries complain there before they abort; what a bug says goes through the pipe.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    while True:
        answers, since = _Answers(answered), time.monotonic()
        for data in parcels.received(given):
            # The kernel ends this process when the time is up, whatever it is doing.
            signal.setitimer(signal.ITIMER_PROF, max_s)
            answers.add(*_answer(normalise.normalise, data, chosen, memory))
            signal.setitimer(signal.ITIMER_PROF, 0.0)
            if time.monotonic() - since > HELD_S:
                answers.send()
                since = time.monotonic()
        answers.send()


class _Answers:
    """Answers that wait to be sent together."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._replies: list[dict[str, Any]] = []
        self._images: list[bytes] = []

    def add(self, reply: dict[str, Any], image: bytes | None) -> None:
        self._replies.append(reply)
        if image is not None:
            self._images.append(image)

    def send(self) -> None:
        if self._replies:
            parcels.send(self._pipe, [json.dumps(self._replies).encode(), *self._images])
            self._replies, self._images = [], []


def _answer(
    normalise: Normaliser, data: bytes, limits: Limits, memory: int | None
) -> tuple[dict[str, Any], bytes | None]:
    try:
        done = dict(vars(normalise(data, limits)))
        image = done.pop("image")
    except Rejected as no:
        return {"rejected": [no.reason, no.detail]}, None
    except MemoryError:
        return {"memory": memory}, None
    except Exception:  # noqa: BLE001 the parent raises it again
        return {"bug": traceback.format_exc()}, None
    return {"done": done}, image


def _limit_memory(limits: Limits) -> int | None:
    """Bound this process's address space; the bound in bytes, or None if it is not ours.

    Where the machine sets a lower one, what exceeds it is no property of the picture.
    """
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    wanted = BYTES_BESIDES + BYTES_PER_PIXEL * limits.max_pixels
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if any(bound != resource.RLIM_INFINITY and bound <= wanted for bound in (soft, hard)):
        return None
    with suppress(OSError, ValueError):  # not to be had on macOS
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
        return wanted
    return None


def _die_with_parent(parent: int) -> None:
    """Have the kernel end this process with its parent, also in the middle of a picture.

    Elsewhere than on Linux it goes on until the picture is done or its time is up.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was gone before the kernel was told
        sys.exit()


if __name__ == "__main__":
    main()
