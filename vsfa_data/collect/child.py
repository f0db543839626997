"""The process that decodes, from the outside: starting it, asking it, telling why it ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import weakref
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from typing import Any, Final

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

    def give(self, pictures: Sequence[bytes], max_s: float) -> None:
        """Have the child normalise pictures, one after the other. Raises as `answer` does."""
        self._wait_until_ready()
        try:
            self._pipe.send_bytes(str(len(pictures)).encode())
            for picture in pictures:
                self._pipe.send_bytes(picture)
        except OSError:
            raise self._death(max_s) from None

    def answer(self, max_s: float) -> tuple[dict[str, Any], bytes]:
        """The child's answer to the next picture. Raises HungError and CrashError."""
        try:
            if not self._pipe.poll(max_s * PATIENCE):
                raise HungError(f"no answer in {max_s * PATIENCE:g} s")
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
            return HungError(f"more than {max_s:g} s of processor time")
        if status is not None and status < 0:
            return CrashError("decoder_crashed", signal.Signals(-status).name)
        detail = "it hung up" if status is None else f"exit status {status}"
        return CrashError("decoder_crashed", detail)


def _end(process: subprocess.Popen[bytes], pipe: Connection) -> None:
    pipe.close()
    process.kill()
    process.wait()
