"""A decoder's child for tests: pictures that a real decoder would choke on are named in bytes.

Started as the real one is, with `Decoder.child` set to this module.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from vsfa_data.collect import decoder, decoder_child, normalise
from vsfa_data.collect.normalised import Limits, Normalised
from vsfa_data.collect.stage import CollectStage

MARK = b"hostile:"
SPOILT = False


class HostileDecoder(decoder.Decoder):
    """A decoder whose child misbehaves on demand."""

    child = __name__


class HostileStage(CollectStage):
    """Collects as always, with a decoder that misbehaves on demand."""

    decoder = HostileDecoder


def hostile(name: str) -> bytes:
    """Bytes that make the child do `name`."""
    return MARK + name.encode()


def held() -> None:
    """Takes just so long that its answer does not wait for the next one."""
    threading.Event().wait(2.0 * decoder_child.HELD_S)


def loop() -> None:
    while True:
        pass


def loop_in_c() -> None:
    """Holds the interpreter's lock: no other thread of the child gets to run."""
    sum(iter(int, 1))


def sleep() -> None:
    threading.Event().wait()


def segfault() -> None:
    ctypes.string_at(0)


def allocate() -> None:
    kept = []
    while True:
        kept.append(bytearray(2**30))


def spoil() -> None:
    """Breaks the heap, so to speak: the next picture is the one that dies."""
    global SPOILT  # noqa: PLW0603 that is the point
    SPOILT = True


def once(path: str) -> None:
    """Is killed by somebody else the first time."""
    if not Path(path).exists():
        Path(path).touch()
        os.kill(os.getpid(), signal.SIGKILL)


def mistake() -> None:
    raise ZeroDivisionError("a bug")


def close() -> None:
    os.closerange(3, 64)
    sleep()


def say_pid(path: str) -> None:
    Path(path).write_text(str(os.getpid()))
    loop_in_c()


DEEDS: dict[str, Callable[..., object]] = {
    "abort": os.abort,
    "allocate": allocate,
    "close": close,
    "exit": lambda: os._exit(3),
    "held": held,
    "loop": loop,
    "loop_in_c": loop_in_c,
    "mistake": mistake,
    "once": once,
    "say_pid": say_pid,
    "segfault": segfault,
    "sleep": sleep,
    "spoil": spoil,
}

_honest = normalise.normalise


def _normalise(data: bytes, limits: Limits) -> Normalised:
    if SPOILT:
        os.abort()
    if not data.startswith(MARK):
        return _honest(data, limits)
    name, _, argument = data.removeprefix(MARK).decode().partition(" ")
    DEEDS[name](*filter(None, [argument]))
    return _honest(b"", limits)


if __name__ == "__main__":
    if "never" in sys.argv[3]:
        raise RuntimeError("this child does not start")
    normalise.normalise = _normalise
    decoder_child.main()
