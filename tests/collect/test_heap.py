from __future__ import annotations

import gc
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from vsfa_data.collect import heap


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's behaviour")
def test_memory_that_is_used_again_is_not_fetched_again() -> None:
    """Page faults of megabytes that come and go: once it is kept, there are none."""
    script = """
        import resource
        from vsfa_data.collect import heap
        def faults():
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
            for _ in range(50):
                held = [bytearray(400_000) for _ in range(10)]
                del held
            return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
        heap.keep()
        faults()
        print(faults())
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert int(done.stdout) < 50, done.stderr


def test_cycles_are_seldom_looked_for_inside_and_as_before_afterwards() -> None:
    before = gc.get_threshold()
    with heap.seldom_collecting():
        assert gc.get_threshold()[0] == heap.NEW_OBJECTS
    assert gc.get_threshold() == before
