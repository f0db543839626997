"""What the tests of what people see of a training run share."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from vsfa_data.train.lora import Trainable

WEIGHTS = Trainable(100, 1000, {"model.language_model.layers.*.q_proj": 2, "model.projector": 1})


def text(screen: Console) -> str:
    file: Any = screen.file
    return str(file.getvalue())
