from __future__ import annotations

from pathlib import Path

import pytest

from tests.collect.synthesis import tiny


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a tiny Stable Diffusion pipeline. Nothing may write there."""
    return tiny.saved(tmp_path_factory.mktemp("synthesis"))
