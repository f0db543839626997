"""Puts LoRA weights on a model, and says what will be trained before anything is."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from vsfa_data.errors import UserError

_LANGUAGE: Final = ("language_model", "text_model")
"""Names of the language model within a vision-language model (transformers 5)."""
_LAYER: Final = re.compile(r"\.\d+\.")
_ADAPTED: Final = re.compile(r"^base_model\.model\.|\.lora_[AB]\.default\.weight$")


@dataclass(frozen=True)
class Trainable:
    """What a run will change.

    `groups` is layer name with `*` for its number -> how many such layers have LoRA weights.
    """

    parameters: int
    all_parameters: int
    groups: dict[str, int]

    @property
    def outside(self) -> list[str]:
        """Groups that are no part of the language model: the vision tower or the projector."""
        return [name for name in self.groups if not set(name.split(".")) & set(_LANGUAGE)]


def attach(model: Any, target: str, *, rank: int, alpha: int, dropout: float) -> Any:
    """`model` with fresh LoRA weights on each linear layer whose full name `target` matches.

    The weights are float32 whatever the model's own type: the small steps of an optimizer get
    lost in bfloat16. Everything else is frozen. Raises UserError if no layer matches, or `target`
    is no regular expression.
    """
    from peft import LoraConfig, get_peft_model

    if not matching(model, target):
        raise UserError(
            f"no linear layer of the model is named like --lora-target '{target}'. Some names: "
            f"{', '.join(list(_shapes(_linear_layers(model)))[:6])}"
        )
    settings = LoraConfig(
        r=rank,
        lora_alpha=alpha,
        lora_dropout=dropout,
        target_modules=target,
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, settings)


def spare_casts(model: Any) -> None:
    """Leave casts of inputs to autocast, for a `model` (of `attach`) that only runs under it.

    peft casts each input to LoRA's float32, and autocast casts it back: the same numbers, but each
    layer then keeps a copy of its own for the way back, where q, k and v could share one.
    """
    for module in model.modules():
        if hasattr(module, "lora_A"):
            module.cast_input_dtype_enabled = False  # peft's own switch


def matching(model: Any, target: str) -> list[str]:
    """Names of the linear layers that `target` matches. Raises UserError if it is malformed."""
    try:
        pattern = re.compile(target)
    except re.error as error:
        raise UserError(f"--lora-target '{target}' is no regular expression: {error}") from None
    return [name for name in _linear_layers(model) if pattern.fullmatch(name)]


def trainable(model: Any) -> Trainable:
    """What of a model with LoRA weights (`attach`) takes gradients."""
    taking = [name for name, p in model.named_parameters() if p.requires_grad]
    # Weights in four bits lie packed; peft counts them unpacked.
    parameters, all_parameters = model.get_nb_trainable_parameters()
    layers = dict.fromkeys(_ADAPTED.sub("", name) for name in taking)
    return Trainable(
        parameters=parameters,
        all_parameters=all_parameters,
        groups=_shapes(layers),
    )


def _linear_layers(model: Any) -> list[str]:
    from torch.nn import Linear

    return [name for name, module in model.named_modules() if isinstance(module, Linear)]


def _shapes(names: Any) -> dict[str, int]:
    return dict(Counter(_LAYER.sub(".*.", name) for name in names))
