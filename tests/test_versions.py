from __future__ import annotations

import subprocess
import sys

import numpy as np

from vsfa_data import __version__, versions


def test_what_is_installed_is_told_in_order_and_the_rest_left_out() -> None:
    found = versions.installed(["pyarrow", "no-such-distribution", "numpy"])
    assert list(found) == ["pyarrow", "numpy"]
    assert found["numpy"] == np.__version__


def test_of_this_package_the_code_that_runs_counts_installed_or_not() -> None:
    program = (
        "import importlib.metadata as metadata\n"
        "def none(name): raise metadata.PackageNotFoundError(name)\n"
        "metadata.version = none\n"
        "from vsfa_data.versions import installed\nprint(installed(['vsfa-data', 'numpy']))\n"
    )
    command = [sys.executable, "-c", program]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said == f"{{'vsfa-data': '{__version__}'}}\n"
