"""Normalises pictures in a child process that may hang or crash without harm.

Decoders are C code that reads what strangers made. In a process of its own, the worst that a
picture can do to them costs that picture's row and a restart of the child.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import weakref
from contextlib import suppress
from dataclasses import asdict
from multiprocessing.connection import Connection, Pipe
from typing import Any, Final

from vsfa_data.collect import decoder_child
from vsfa_data.collect.normalised import Limits, Normalised
from vsfa_data.collect.rejected import Rejected

PATIENCE: Final = 10
"""Seconds on the clock for each second of processor time: a busy machine is no hung decoder,
but one that waits for a lock of its own would never use up its time."""
START_S: Final = 120.0
"""How long a child may take to import its libraries, on the slowest disk."""
SINGLE_THREADED: Final = dict.fromkeys(
    ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"
)


class Decoder:
    """`normalise` for untrusted bytes; the child is started once and serves every picture.

    `max_decode_s`: processor time for one picture, in seconds. The child ends with this process
    however that ends; `close` ends it sooner. A closed decoder starts again when it is used.
    """

    child = decoder_child.__name__
    """Module that the child runs. Tests have children that misbehave; a recipe cannot say it."""

    def __init__(self, limits: Limits, max_decode_s: float) -> None:
        self._limits, self._max_s = limits, max_decode_s
        self._running: _Child | None = None

    def start(self) -> None:
        """Start the child without waiting until it is ready."""
        if self._running is None:
            settings = {"parent": os.getpid(), "limits": asdict(self._limits)}
            settings["max_decode_s"] = self._max_s
            self._running = _Child(self.child, json.dumps(settings))

    def normalise(self, data: bytes) -> Normalised:
        """As `normalise.normalise`, and with its reasons to raise Rejected.

        Raises it besides for decoder_hung, decoder_crashed and decoder_out_of_memory.
        A crash counts if it happens again in a fresh child: what an earlier picture did to the
        first one is not this one's fault, nor is a child that somebody else has killed.
        """
        try:
            return self._attempt(data)
        except _CrashError:
            pass
        try:
            return self._attempt(data)
        except _CrashError as crash:
            raise Rejected(crash.reason, crash.detail) from None

    def close(self) -> None:
        """End the child."""
        if self._running is not None:
            self._running.end()
            self._running = None

    def _attempt(self, data: bytes) -> Normalised:
        self.start()
        assert self._running is not None  # noqa: S101 for mypy
        is_done = False
        try:
            reply, image = self._running.ask(data, self._max_s)
            is_done = "memory" not in reply
        finally:
            if not is_done:
                self.close()
        return _understood(reply, image)


class _CrashError(Exception):
    """The child gave no answer: it died, or it ran out of memory."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


class _Child:
    """The process and the pipe to it."""

    def __init__(self, module: str, settings: str) -> None:
        self._pipe, far_end = Pipe()
        path = os.pathsep.join(map(os.path.abspath, sys.path))
        with far_end:
            self._process = subprocess.Popen(  # noqa: S603 this interpreter, our own module
                [sys.executable, "-P", "-m", module, str(far_end.fileno()), settings],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(far_end.fileno(),),
                env=os.environ | SINGLE_THREADED | {"PYTHONPATH": path},
                process_group=0,  # ctrl-C is for the parent
            )
        self._is_ready = False
        self.end = weakref.finalize(self, _end, self._process, self._pipe)

    def ask(self, data: bytes, max_s: float) -> tuple[dict[str, Any], bytes]:
        """The child's answer to `data`. Raises Rejected `decoder_hung` and _CrashError."""
        self._wait_until_ready()
        try:
            self._pipe.send_bytes(data)
            if not self._pipe.poll(max_s * PATIENCE):
                raise Rejected("decoder_hung", f"no answer in {max_s * PATIENCE:g} s")
            reply = json.loads(self._pipe.recv_bytes())
            return reply, self._pipe.recv_bytes() if "done" in reply else b""
        except (EOFError, OSError, ValueError):
            raise self._death(max_s) from None

    def _wait_until_ready(self) -> None:
        if self._is_ready:
            return
        with suppress(EOFError, OSError):
            self._is_ready = self._pipe.poll(START_S) and bool(self._pipe.recv_bytes())
        if not self._is_ready:
            self.end()
            raise RuntimeError(
                f"the decoder process did not start (exit status {self._process.returncode}); "
                f"what it says of the cause stands above"
            )

    def _death(self, max_s: float) -> Exception:
        """Why the pipe broke off. A child that closed it and lives on is as good as dead."""
        self._pipe.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        status = self._process.returncode
        if status == -signal.SIGPROF:
            return Rejected("decoder_hung", f"more than {max_s:g} s of processor time")
        if status is not None and status < 0:
            return _CrashError("decoder_crashed", signal.Signals(-status).name)
        detail = "it hung up" if status is None else f"exit status {status}"
        return _CrashError("decoder_crashed", detail)


def _end(process: subprocess.Popen[bytes], pipe: Connection) -> None:
    pipe.close()
    process.kill()
    process.wait()


def _understood(reply: dict[str, Any], image: bytes) -> Normalised:
    if "done" in reply:
        return Normalised(image=image, **reply["done"])
    if "rejected" in reply:
        raise Rejected(*reply["rejected"])
    if "memory" in reply:
        if reply["memory"] is None:  # not even what the picture may use was to be had
            raise MemoryError
        raise _CrashError("decoder_out_of_memory", f"more than {reply['memory'] >> 20} MiB")
    raise RuntimeError(f"in the decoder process:\n{reply['bug']}")
