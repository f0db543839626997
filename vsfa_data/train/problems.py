"""What goes wrong on a machine that is too small, worded so that one can do something about it."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from typing import Final

from vsfa_data.errors import SetupError
from vsfa_data.files.atomic import FULL
from vsfa_data.train.outline import Resolved
from vsfa_data.train.settings import Settings

_NO_MEMORY: Final = (
    *("can't allocate memory", "not enough memory", "out of memory", "bad alloc"),
    "could not create a primitive",  # oneDNN
    "ALLOC_FAILED",  # cuBLAS, cuDNN
)
_NO_SPACE: Final = (
    *("No space left", "failed writing", "File too large", "Disk quota"),
    *("inline_container.cc", "iostream error"),  # torch.save
)
"""How torch and safetensors, which know no errno, word it."""


@contextlib.contextmanager
def explained(settings: Settings, resolved: Resolved) -> Iterator[None]:
    """Turn a lack of memory or disk space into a SetupError that says what to lower."""
    try:
        yield
    except MemoryError:
        raise SetupError(_out_of_memory(settings, resolved)) from None
    except OSError as error:
        if error.errno in FULL:
            raise SetupError(_disk_full()) from None
        # pyarrow tells the errno in words alone.
        if error.errno == errno.ENOMEM or os.strerror(errno.ENOMEM) in str(error):
            raise SetupError(_out_of_memory(settings, resolved)) from None
        raise
    except Exception as error:
        # torch.OutOfMemoryError is a RuntimeError; safetensors has an error of its own.
        text = str(error)
        if any(sign in text for sign in _NO_MEMORY):
            raise SetupError(_out_of_memory(settings, resolved)) from None
        if any(sign in text for sign in _NO_SPACE):
            raise SetupError(_disk_full()) from None
        raise


def _out_of_memory(settings: Settings, resolved: Resolved) -> str:
    return f"out of memory. {advice(settings, resolved)}; or add --dry-run to see what a run needs"


def advice(settings: Settings, resolved: Resolved) -> str:
    """What to lower, from what to what, the least harmful first."""
    size = settings.batch_size
    if size > 1:
        half = -(-size // 2)
        return (
            f"Lower --batch-size from {size} to {half} and raise --accumulate from "
            f"{settings.accumulate} to {settings.accumulate * 2}: nearly the same run"
        )
    if not resolved.checkpointing:
        return "Add --checkpointing: the same run, slower"
    side = resolved.max_image_px
    return (
        f"Lower --max-image-px from {side} to {max(16, side // 2)}, or --max-length from "
        f"{settings.max_length} to {max(16, settings.max_length // 2)}"
    )


def _disk_full() -> str:
    return (
        "no space left for a checkpoint or the adapter. Free some, then run the same command "
        "again: it goes on from the last checkpoint"
    )
