"""What goes wrong when a checkpoint is loaded, in one line."""

from __future__ import annotations

import pickle

from vsfa_data.errors import printable


def failures() -> tuple[type[Exception], ...]:
    """What torch, timm, open_clip and transformers raise for damaged files and odd settings."""
    from safetensors import SafetensorError

    return (
        OSError, ValueError, TypeError, RuntimeError, LookupError, AttributeError,
        AssertionError, EOFError, ImportError, pickle.UnpicklingError, SafetensorError,
    )  # fmt: skip


def said(error: BaseException) -> str:
    """The end of a sentence that begins with a file's name."""
    message = printable(str(error))
    if "weights_only" in message.lower() or isinstance(error, pickle.UnpicklingError):
        return (
            "is refused: it is no plain file of tensors but a pickle, which may run code when "
            "it is loaded. Convert it with safetensors.torch.save_file"
        )
    return f"cannot be loaded ({type(error).__name__}: {message[:200]})"
