"""One attention call for all pictures of a batch, in vision towers that take them in a row.

Qwen2-VL and its successors put the patches of all pictures one after another and attend within
chunks: a picture's patches, or those of one window. Without the package flash-attn transformers
makes a call for each chunk of each layer: 7,200 for 16 pictures of 448 px in Qwen2.5-VL, which a
GPU computes faster than they are launched. Here chunks are the rows of one batch.
"""

from __future__ import annotations

import inspect
from typing import Any, Final

NAME: Final = "flash_by_sdpa"
"""What transformers knows it as. By the word "flash" it hands over all chunks at once."""
_MOST_PADDING: Final = 4
"""Where the longest chunk would make the batch so many times as large, chunks go one by one."""


def attend_at_once(model: Any) -> bool:
    """Have `model`'s vision tower attend to all chunks in one call; whether it has one that can.

    What comes out differs from transformers' own way by rounding only.
    """
    from transformers import AttentionInterface

    register: Any = AttentionInterface.register
    register(NAME, _attention)
    attending = [m for m in model.modules() if hasattr(m, "is_causal") and hasattr(m, "config")]
    found = {id(m.config): m.config for m in attending if _takes_chunks(m)}
    for module in attending:
        if not _takes_chunks(module):  # it must not be given what is meant for chunks
            found.pop(id(module.config), None)
    for config in found.values():
        config._attn_implementation = NAME  # noqa: SLF001  # transformers has no public setter
    return bool(found)


def _takes_chunks(module: Any) -> bool:
    """Whether it is an attention over chunks that would be computed one by one."""
    return (
        module.config._attn_implementation == "sdpa"  # noqa: SLF001  # there is no public getter
        and not module.is_causal
        and "cu_seqlens" in inspect.signature(module.forward).parameters
    )


def _attention(_module: Any, query: Any, key: Any, value: Any, **given: Any) -> tuple[Any, None]:
    """[1, heads, patches, size] three times -> [1, patches, heads, size].

    transformers gives `cu_seq_lens_q`, whose chunk i are the patches from its i-th number up to the
    next, and `max_length_q`, the longest chunk's length; versions that know flash-attn by its exact
    name alone give a chunk at a time, and neither.
    """
    import torch
    from torch.nn.functional import scaled_dot_product_attention

    def attend(chunks: list[Any], mask: Any = None) -> Any:
        """[chunks, length, heads, size] three times -> one of the same shape."""
        q, k, v = (one.transpose(1, 2) for one in chunks)
        done = scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=given.get("scaling"))
        return done.transpose(1, 2)

    parts = [one[0].transpose(0, 1) for one in (query, key, value)]
    if "cu_seq_lens_q" not in given:
        return attend([one[None] for one in parts]), None
    starts, longest = given["cu_seq_lens_q"], int(given["max_length_q"])
    count, total = len(starts) - 1, len(parts[0])
    if count * longest == total:  # they are all of one length
        same = [one.reshape(count, longest, *one.shape[1:]) for one in parts]
        return attend(same).reshape(1, *parts[0].shape), None
    if count * longest > _MOST_PADDING * total:
        lengths = (starts[1:] - starts[:-1]).tolist()
        split = zip(*(torch.split(one, lengths) for one in parts), strict=True)
        return torch.cat([attend([one[None] for one in chunk])[0] for chunk in split])[None], None
    into, back, mask = _padded(starts, longest, total)
    done = attend([one[into] for one in parts], mask)
    return done.reshape(-1, *parts[0].shape[1:])[back][None], None


def _padded(starts: Any, longest: int, total: int) -> tuple[Any, Any, Any]:
    """Where to take patches from, where each comes to lie, and which are no padding.

    int64[chunks, longest], int64[total], bool[chunks, 1, 1, longest].
    """
    import torch

    starts = starts.long()
    lengths = starts[1:] - starts[:-1]
    at = torch.arange(longest, device=starts.device)
    chunk = torch.repeat_interleave(
        torch.arange(len(lengths), device=starts.device), lengths, output_size=total
    )
    into = (starts[:-1, None] + at).clamp(max=total - 1)
    back = chunk * longest + torch.arange(total, device=starts.device) - starts[chunk]
    return into, back, (at < lengths[:, None])[:, None, None]
