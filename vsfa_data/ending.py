"""How a program ends: threads joined, its exit handlers run, but no interpreter is torn down.

Threads of Arrow's let go of Python's objects when they please. Where the interpreter is being torn
down by then, the process aborts or waits for ever: so did every run that left a stream of
`datasets` halfway as an error does, and one in eight that looked at its first row and went
(apache/arrow#34314 and #45214).
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final

UNWRITTEN: Final = 120
"""Exit code where something printed could not be written, as Python has it."""


class _Ending:
    """What is left to do once all exit handlers of the program have run."""

    code: int | None = None
    """The exit code. None: let Python end the process as it does."""

    def leave(self) -> None:
        """End the process."""
        if self.code is None:
            return
        for stream in (sys.stdout, sys.stderr):
            try:
                if stream is not None:
                    stream.flush()
            except (OSError, ValueError) as error:
                self.code = UNWRITTEN
                with suppress(OSError, ValueError, AttributeError):
                    sys.stderr.write(f"error: the output was not written: {error}\n")
                    sys.stderr.flush()
        os._exit(self.code)


def run(main: Callable[[], None]) -> None:
    """Call `main`, which is the whole program. Exit codes are as they would be without this."""
    ending = _Ending()
    # The first to register is the last to be called: what `main` and what it imports register comes
    # before it. What was registered earlier is not called any more (tests/test_ending.py).
    atexit.register(ending.leave)
    try:
        main()
    except SystemExit as end:
        ending.code = 0 if end.code is None else end.code if isinstance(end.code, int) else 1
        raise
    except Exception:
        ending.code = 1
        raise
    ending.code = 0
