from __future__ import annotations

import subprocess
import sys


def test_as_many_files_may_be_opened_as_the_sockets_need() -> None:
    script = """
import resource
from vsfa_data.collect.fetch import sockets
for soft in (100, 40):
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, 300))
    print(*sockets.beside(8), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    # Four times the eight that may download; half of 300, less these forty.
    assert done.stdout.splitlines() == ["32 110 300", "32 110 300"], done.stderr
