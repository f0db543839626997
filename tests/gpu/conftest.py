"""What tests with a GPU share. They are chosen by `pytest -m gpu`, and fail without a GPU."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from tests.release.conftest import pristine  # noqa: F401  # a fixture
from tests.train import tiny
from tests.train.conftest import make_settings  # noqa: F401  # a fixture


@pytest.fixture(scope="package", autouse=True)
def _gpu() -> None:
    assert torch.cuda.is_available(), "these tests need a GPU: leave out -m gpu"


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The one tiny vision-language model that is trained here."""
    return {"llava": tiny.save("llava", tmp_path_factory.mktemp("checkpoints") / "tiny-llava")}


@pytest.fixture
def spare_mib() -> Iterator[Callable[[float], None]]:
    """`spare_mib(8)`: this process may take 8 MiB of the GPU's memory more than it has."""

    def allow(mib: float) -> None:
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
        allowed = torch.cuda.memory_reserved() + mib * 2**20
        torch.cuda.set_per_process_memory_fraction(allowed / torch.cuda.mem_get_info()[1])

    yield allow
    torch.cuda.set_per_process_memory_fraction(1.0)
    torch.cuda.empty_cache()
