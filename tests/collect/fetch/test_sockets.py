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
    # An eighth of 300; half of it, less those and the eight that may download.
    assert done.stdout.splitlines() == ["37 105 300", "37 105 300"], done.stderr
