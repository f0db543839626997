"""The process that decodes, from the outside: starting it, asking it, telling why it ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import weakref
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from typing import Any, Final

from vsfa_data.collect import parcels
from vsfa_data.collect.decoder_child import HELD_S

PATIENCE: Final = 10
"""Seconds on the clock for each second of processor time: a busy machine is no hung decoder,
but one that waits for a lock of its own would never use up its time."""
START_S: Final = 120.0
"""How long a child may take to import its libraries, on the slowest disk."""
SINGLE_THREADED: Final = dict.fromkeys(
    ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"
)


class HungError(Exception):
    """The child took too long."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class CrashError(Exception):
    """The child gave no answer: it died, or it ran out of memory."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


class Child:
    """The process and the pipes to and from it."""

    def __init__(self, module: str, settings: str) -> None:
        (given, self._to), (self._from, answered) = Pipe(duplex=False), Pipe(duplex=False)
        for pipe in (self._to, answered):
            parcels.widen(pipe)
        path = os.pathsep.join(map(os.path.abspath, sys.path))
        far_ends = (given.fileno(), answered.fileno())
        with given, answered:
            self._process = subprocess.Popen(  # noqa: S603 this interpreter, our own module
                [sys.executable, "-P", "-m", module, *map(str, far_ends), settings],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=far_ends,
                env=os.environ | SINGLE_THREADED | {"PYTHONPATH": path},
                process_group=0,  # ctrl-C is for the parent
            )
        self._is_ready = False
        self._answers: deque[tuple[dict[str, Any], bytes]] = deque()
        self.end = weakref.finalize(self, _end, self._process, self._to, self._from)

    def give(self, pictures: Sequence[bytes], max_s: float) -> None:
        """Have the child normalise pictures, one after the other. Raises as `answer` does."""
        self._wait_until_ready()
        try:
            parcels.send(self._to, pictures)
        except OSError:
            raise self._death(max_s) from None

    def answer(self, max_s: float) -> tuple[dict[str, Any], bytes]:
        """The child's answer to the next picture. Raises HungError and CrashError.

        Answers come several at once: of a child that dies, the last ones may be lost.
        """
        if not self._answers:
            self._receive(max_s)
        return self._answers.popleft()

    def _receive(self, max_s: float) -> None:
        """The next answers, at least one."""
        try:
            if not self._from.poll(max_s * PATIENCE + HELD_S):
                raise HungError(f"no answer in {max_s * PATIENCE:g} s")
            said, *images = parcels.received(self._from)
            left = iter(images)
            for reply in json.loads(said):
                self._answers.append((reply, next(left) if "done" in reply else b""))
        except (EOFError, OSError, ValueError, StopIteration):
            raise self._death(max_s) from None

    def _wait_until_ready(self) -> None:
        if self._is_ready:
            return
        with suppress(EOFError, OSError):
            self._is_ready = self._from.poll(START_S) and bool(self._from.recv_bytes())
        if not self._is_ready:
            self.end()
            raise RuntimeError(
                f"the decoder process did not start (exit status {self._process.returncode}); "
                f"what it says of the cause stands above"
            )

    def _death(self, max_s: float) -> Exception:
        """Why a pipe broke off. A child that closed it and lives on is as good as dead."""
        self._to.close()
        self._from.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        status = self._process.returncode
        if status == -signal.SIGPROF:
            return HungError(f"more than {max_s:g} s of processor time")
        if status is not None and status < 0:
            return CrashError("decoder_crashed", signal.Signals(-status).name)
        detail = "it hung up" if status is None else f"exit status {status}"
        return CrashError("decoder_crashed", detail)


def _end(process: subprocess.Popen[bytes], *pipes: Connection) -> None:
    for pipe in pipes:
        pipe.close()
    process.kill()
    process.wait()
