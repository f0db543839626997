"""Activation checkpointing where it saves memory, and nowhere else."""

from __future__ import annotations

from typing import Any, Final

_SWITCH: Final = "gradient_checkpointing"
"""The attribute by which transformers' layers know whether they are computed twice."""


def enable(model: Any) -> None:
    """Compute the layers of each stack that holds trained weights twice, to hold few activations.

    Call it when LoRA weights are on the model, not before: peft would have the input of every
    stack require gradients, and so does transformers itself. The frozen vision tower would then
    keep its activations and be walked through backwards, for nothing; without `use_reentrant` no
    input has to.
    """
    base = model.get_base_model()
    base.gradient_checkpointing_enable({"use_reentrant": False})
    base.disable_input_require_grads()
    trained = {
        stack
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
        for stack in _stacks(name)
    }
    for name, module in model.named_modules():
        if getattr(module, _SWITCH, False) and not trained & set(_stacks(name)):
            setattr(module, _SWITCH, False)


def layers(model: Any) -> list[str]:
    """Names of the layers that are computed twice."""
    return [
        name
        for name, module in model.named_modules()
        if getattr(module, _SWITCH, False) and _stacks(name)
    ]


def _stacks(name: str) -> list[str]:
    """Lists of layers that `name` lies in: "a.layers.3.b" -> ["a.layers"]."""
    parts = name.split(".")
    return [".".join(parts[:at]) for at, part in enumerate(parts) if part.isdecimal()]
