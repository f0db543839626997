"""A model as transformers and peft have it, for the side that ours is held against."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from vsfa_data import vision_attention
from vsfa_data.train import lora, lora_sum, padding

_OURS = (vision_attention.NAME, padding.NAME)


def mend(model: Any) -> None:
    """What the captioner does to a model that it has loaded onto a GPU."""
    vision_attention.attend_at_once(model)


def mend_for_training(model: Any) -> None:
    """What the trainer does to a model with LoRA weights there."""
    mend(model)
    lora.spare_casts(model)
    padding.attend_without_mask(model)
    lora_sum.add_at_once(model)


@contextmanager
def stock(model: Any) -> Iterator[None]:
    """Leave all that out for a while."""
    modules = list(model.modules())
    named = {id(m.config): (m.config, _attention(m)) for m in modules if _attention(m) in _OURS}
    sparing = [m for m in modules if not getattr(m, "cast_input_dtype_enabled", True)]
    adding = [(m.lora_variant, dict(m.lora_variant)) for m in modules if hasattr(m, "lora_variant")]
    for config, _ in named.values():
        config._attn_implementation = "sdpa"  # noqa: SLF001  # transformers has no public setter
    for module in sparing:
        module.cast_input_dtype_enabled = True
    for variants, _ in adding:
        variants.clear()
    try:
        yield
    finally:
        for config, ours in named.values():
            config._attn_implementation = ours  # noqa: SLF001  # no public setter either
        for module in sparing:
            module.cast_input_dtype_enabled = False
        for variants, ours in adding:
            variants.update(ours)


def _attention(module: Any) -> Any:
    return getattr(getattr(module, "config", None), "_attn_implementation", None)
