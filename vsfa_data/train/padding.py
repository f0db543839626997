"""Causal attention without a mask, over batches that are padded on the right.

A token never sees what comes after it, and on the right padding comes after everything. Told of
padding all the same, transformers makes a mask, for which torch leaves its fastest kernel alone and
repeats the keys and values that several heads share.
"""

from __future__ import annotations

import inspect
import re
import sys
from typing import Any, Final

NAME: Final = "sdpa_padded_right"
"""What transformers knows it as."""
_BY_NAME: Final = re.compile(r"""_attn_implementation (==|!=|in|not in) .*['"]sdpa['"]""")


def attend_without_mask(model: Any) -> bool:
    """Have `model`'s language model attend so from now on; whether it does.

    Only for batches of `Collator`, which pads on the right and gives padding no loss: what comes
    out at a token is then the same but for rounding, what comes out at padding is not. Layers whose
    mask is not plainly causal (windows, pictures seen in both directions) keep theirs.
    """
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    config = model.config.get_text_config()
    implementation = config._attn_implementation  # noqa: SLF001  # there is no public getter
    if implementation != "sdpa" or not _asks_for_masks(model):
        return False
    attention: Any = AttentionInterface.register
    masks: Any = AttentionMaskInterface.register
    attention(NAME, sdpa_attention_forward)
    masks(NAME, _mask)
    config._attn_implementation = NAME  # noqa: SLF001  # transformers has no public setter
    return True


def _asks_for_masks(model: Any) -> bool:
    """Whether it makes masks and attends through what transformers has registered, and so alone.

    Code that looks for the name "sdpa" (sparse attention, which puts its choice of keys into the
    mask) would do something else under another name.
    """
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    named = {type(module).__module__ for module in base.modules()}
    own = [name for name in named if name.startswith("transformers.models.")]
    if any(_BY_NAME.search(inspect.getsource(sys.modules[name])) for name in own):
        return False
    return bool(getattr(base, "_supports_attention_backend", False))


def _mask(*args: Any, **given: Any) -> Any:
    """As transformers' `sdpa_mask`; None, which means causal, where only padding is beside it."""
    from transformers.masking_utils import causal_mask_function, sdpa_mask

    causal = given.get("mask_function") is causal_mask_function
    # False if the model needs the mask itself, such as to add to it.
    wanted = not given.get("allow_is_causal_skip", True)
    if causal and not wanted and given["q_length"] == given["kv_length"]:
        return None
    return sdpa_mask(*args, **given)
