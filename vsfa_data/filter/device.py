"""Where torch computes, with how many cores, and in which numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from vsfa_data.errors import SetupError
from vsfa_data.processes.pool import cores


@contextmanager
def all_cores() -> Iterator[None]:
    """Let torch compute with all cores of the machine for a while, also in a worker process."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(cores())
    try:
        yield
    finally:
        torch.set_num_threads(before)


def exact_fp32() -> None:
    """Make torch compute what is asked for as fp32 in fp32 on GPUs too.

    TF32, which torch allows for convolutions, keeps 10 bits of 23.
    """
    import torch

    torch.backends.cudnn.allow_tf32 = False


def device_for(wanted: str, what: str) -> str:
    """`cpu` or `cuda` for `auto`, `cpu` or `cuda`. Raises SetupError if there is no such GPU."""
    if wanted == "cpu":
        return wanted
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if wanted == "cuda":
        raise SetupError(f"{what}: torch sees no CUDA GPU. Use device: cpu or device: auto")
    return "cpu"
