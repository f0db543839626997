"""The machine a run has: device, number type, and algorithms that give the same bits each time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

from vsfa_data.errors import SetupError

Device = Literal["auto", "cpu", "cuda"]
_CUBLAS: Final = "CUBLAS_WORKSPACE_CONFIG"


def device(wanted: Device) -> Literal["cpu", "cuda"]:
    """`cuda` if a GPU can be used, or what is `wanted`. Raises SetupError if it is not there."""
    import torch

    found = torch.cuda.is_available()
    if wanted == "cuda" and not found:
        raise SetupError("--device cuda: PyTorch finds no GPU here. Run it with --device cpu")
    if wanted == "auto":
        return "cuda" if found else "cpu"
    return wanted


def repeatable(*, on: bool) -> None:
    """Have torch choose algorithms whose result does not depend on how threads fall.

    The same command then makes the same adapter on the same machine. Call it before the first
    product on a GPU. Where torch has no such algorithm it warns and goes on; `strictly` does more.
    """
    import torch

    if on:
        # The name and value are cuBLAS's own.
        os.environ.setdefault(_CUBLAS, ":4096:8")
    torch.use_deterministic_algorithms(on, warn_only=True)
    # It would also fill fresh memory, which changes no result and costs time.
    torch.utils.deterministic.fill_uninitialized_memory = not on  # type: ignore[attr-defined]  # torch sets it at run time
    torch.backends.cudnn.benchmark = False


@contextmanager
def strictly() -> Iterator[None]:
    """After `repeatable(on=True)`: allow for a while what is repeatable, and nothing else.

    While torch only warns, attention on a GPU keeps to its faster kernels, whose gradients differ
    from run to run. Raises RuntimeError (see `is_unrepeatable`) at what has no such algorithm.
    """
    import torch

    if not torch.are_deterministic_algorithms_enabled():
        yield
        return
    torch.use_deterministic_algorithms(mode=True, warn_only=False)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(mode=True, warn_only=True)


def is_unrepeatable(error: RuntimeError) -> bool:
    """Whether it says that torch has no repeatable algorithm for an operation."""
    return "deterministic" in str(error)
