"""A model as transformers and peft have it, for the side that ours is held against."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from vsfa_data.train import lora
from vsfa_data.vision_attention import NAME, attend_at_once


def mend(model: Any) -> None:
    """What captioner and trainer do to a model that they have loaded onto a GPU."""
    attend_at_once(model)
    lora.spare_casts(model)


@contextmanager
def stock(model: Any) -> Iterator[None]:
    """Leave that out for a while."""
    modules = list(model.modules())
    attending = {id(m.config): m.config for m in modules if _attends_at_once(m)}
    sparing = [m for m in modules if not getattr(m, "cast_input_dtype_enabled", True)]
    for config in attending.values():
        config._attn_implementation = "sdpa"  # noqa: SLF001  # transformers has no public setter
    for module in sparing:
        module.cast_input_dtype_enabled = True
    try:
        yield
    finally:
        for config in attending.values():
            config._attn_implementation = NAME  # noqa: SLF001  # the same
        for module in sparing:
            module.cast_input_dtype_enabled = False


def _attends_at_once(module: Any) -> bool:
    return getattr(getattr(module, "config", None), "_attn_implementation", None) == NAME
