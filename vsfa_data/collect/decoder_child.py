"""The process that decodes: one picture after another from a pipe, until its parent is gone.

Pictures come several at a time, after their number: where others want the processor, each turn of
two processes is a wait for it.

Answers are JSON and image bytes, nothing that could be unpickled: bytes that take over a decoder
shall gain nothing in the parent.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, Final

from vsfa_data.collect.normalised import Limits, Normalised
from vsfa_data.collect.rejected import Rejected

BYTES_PER_PIXEL: Final = 64
"""Memory for each pixel that a picture may have. Floating-point TIFF takes most: 17, measured."""
BYTES_BESIDES: Final = 2**30
"""Memory for the interpreter, its libraries (130 MB, measured) and the file itself."""
_PR_SET_PDEATHSIG: Final = 1

Normaliser = Callable[[bytes, Limits], Normalised]


def main() -> None:
    """`python -m vsfa_data.collect.decoder_child FILE_DESCRIPTOR SETTINGS`."""
    settings = json.loads(sys.argv[2])
    _die_with_parent(settings["parent"])
    with Connection(int(sys.argv[1])) as pipe, suppress(EOFError, BrokenPipeError):
        serve(pipe, settings["limits"], settings["max_decode_s"])


def serve(pipe: Connection, limits: dict[str, Any], max_s: float) -> None:
    """Answer until the other end is closed, which raises EOFError or BrokenPipeError."""
    from vsfa_data.collect import normalise

    normalise.prepare()
    chosen = Limits(**limits)
    memory = _limit_memory(chosen)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGPROF})
    pipe.send_bytes(b"ready")
    # C libraries complain there before they abort; what a bug says goes through the pipe.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    while True:
        # All are read before the first answer: both ends must not wait for the other to read.
        for data in [pipe.recv_bytes() for _ in range(int(pipe.recv_bytes()))]:
            # The kernel ends this process when the time is up, whatever it is doing.
            signal.setitimer(signal.ITIMER_PROF, max_s)
            reply, image = _answer(normalise.normalise, data, chosen, memory)
            signal.setitimer(signal.ITIMER_PROF, 0.0)
            pipe.send_bytes(json.dumps(reply).encode())
            if image is not None:
                pipe.send_bytes(image)


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
