"""Weights in four bits (NF4), for models that are made in memory; the toolkit loads them so."""

from __future__ import annotations

import importlib.util
from typing import Any


def is_there() -> bool:
    """Whether bitsandbytes is installed."""
    return importlib.util.find_spec("bitsandbytes") is not None


def pack(model: Any, device: str) -> None:
    """Replace the linear layers of the language model; peft then knows `model` for what it is."""
    from torch.nn import Linear

    for name, parent in list(model.named_modules()):
        for child_name, child in list(parent.named_children()):
            full = f"{name}.{child_name}"
            if type(child) is Linear and "language_model" in full:
                setattr(parent, child_name, _packed(child, device))
    model.is_loaded_in_4bit = True


def _packed(layer: Any, device: str) -> Any:
    import torch
    from bitsandbytes.nn import Linear4bit, Params4bit

    new = Linear4bit(
        layer.in_features,
        layer.out_features,
        bias=layer.bias is not None,
        compute_dtype=torch.bfloat16,
        compress_statistics=True,
        quant_type="nf4",
    )
    new.weight = Params4bit(
        layer.weight.data, requires_grad=False, compress_statistics=True, quant_type="nf4"
    )
    if layer.bias is not None:
        new.bias = layer.bias
    return new.to(device)
