"""Libraries that talk to people where this program does."""

from __future__ import annotations

from typing import Any


def quiet_libraries() -> None:
    """Keep transformers from talking: its bars and warnings tear those of this program apart."""
    import warnings

    from transformers.utils import logging as module

    logging: Any = module
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
