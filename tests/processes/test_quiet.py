from __future__ import annotations

import subprocess
import sys

CODE = """
from transformers.utils import logging
from vsfa_data.processes.quiet import quiet_libraries
quiet_libraries()
logging.get_logger("transformers").warning("a warning")
for _ in logging.tqdm(range(3)):
    pass
print("done")
"""


def test_transformers_says_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("done\n", "")
