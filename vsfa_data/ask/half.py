"""The text encoder in half precision: about twice as fast on processors that multiply bfloat16.

A sum in half precision is near the one in single precision, not equal to it. `meaning.py` reads a
sentence again in single precision wherever the difference could matter, so that a verdict is the
same with and without this. Nothing computed here is stored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from vsfa_data import embedded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ERROR: Final = 0.1
"""More than a weighted sum in half precision is ever away from the one in single precision: the
largest difference over 2,341 sentences was 0.022, the standard deviation 0.0032."""
_TOKENS: Final = 1536
"""Of a batch, at most: more do not fit into the caches of a core, and take memory."""
_NATIVE: Final = ("avx512_bf16", "amx_bf16")


@cache
def is_native() -> bool:
    """Whether this processor multiplies bfloat16 itself; others are slower at it than at float32.

    False too where torch is too old to say so: nothing but speed is lost.
    """
    import torch

    tell: Any = getattr(torch.cpu, "get_capabilities", dict)
    found = tell() if torch.backends.mkldnn.is_available() else {}  # type: ignore[no-untyped-call]  # torch's own gap
    return any(found.get(name) for name in _NATIVE)


class _Layer(NamedTuple):
    """Weights of one layer: matrices in bfloat16, what normalises in float32."""

    inward: tuple[Any, Any]
    outward: tuple[Any, Any]
    attended: tuple[Any, Any]
    wide: tuple[Any, Any]
    narrow: tuple[Any, Any]
    done: tuple[Any, Any]


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Texts -> float32[n, 384], rows of length 1, nearly those of `embedded.TextModel.encode`."""
    import numpy as np
    import torch

    model = embedded.text_model()
    by_length: dict[int, list[int]] = defaultdict(list)
    ids = [model.tokenizer.encode(text).ids for text in texts]
    for at, one in enumerate(ids):
        by_length[len(one)].append(at)
    rows = np.empty((len(texts), embedded.TEXT_DIMENSION), np.float32)
    with torch.inference_mode(), embedded.one_thread():
        # Texts of one length need no padding, and attention no mask.
        for length, same in by_length.items():
            together = _TOKENS // length
            for start in range(0, len(same), together):
                some = same[start : start + together]
                rows[some] = _vectors(torch.tensor([ids[at] for at in some])).numpy()
    return rows


def _vectors(ids: Any) -> Any:
    """Token ids int64[n, length] -> float32[n, 384]."""
    from torch.nn import functional

    bert = embedded.text_model().model
    heads, epsilon = bert.config.num_attention_heads, bert.config.layer_norm_eps
    count, length = ids.shape

    def normalised(values: Any, norm: tuple[Any, Any]) -> Any:
        return functional.layer_norm(values, values.shape[-1:], *norm, eps=epsilon)

    state = bert.embeddings(input_ids=ids).reshape(count * length, -1)
    for layer in _layers():
        inward = _product(state.bfloat16(), layer.inward)
        seen = _attended(inward.view(count, length, 3, heads, -1))
        state = normalised(_product(seen, layer.outward) + state, layer.attended)
        wide = functional.gelu(_product(state.bfloat16(), layer.wide))
        state = normalised(_product(wide, layer.narrow) + state, layer.done)
    return functional.normalize(state.view(count, length, -1).mean(1), dim=1)


def _product(state: Any, weights: tuple[Any, Any]) -> Any:
    """Rows times a matrix, plus a bias: bfloat16."""
    import torch

    if weights[0].is_mkldnn:
        times = torch.ops.mkldnn._linear_pointwise  # noqa: SLF001  its only name
        return times(state, *weights, "none", [], "")
    return torch.nn.functional.linear(state, *weights)


def _attended(inward: Any) -> Any:
    """Queries, keys and values [n, length, 3, heads, d] -> bfloat16[n * length, heads * d].

    Of so few tokens softmax without its greatest term is 2 to 3 times as fast as torch's attention.
    A term too great for float32 makes a vector of no numbers, which `meaning.py` takes as doubt.
    """
    import torch

    count, length, _, heads, size = inward.shape
    # One copy each way turns and converts at once.
    split = torch.empty(3, count, heads, length, size).copy_(inward.permute(2, 0, 3, 1, 4))
    queries, keys, values = split.view(3, count * heads, length, size)
    shares = torch.bmm(queries, keys.transpose(1, 2)).mul_(size**-0.5).exp_()
    seen = torch.bmm(shares, values).div_(shares.sum(-1, keepdim=True))
    turned = torch.empty(count, length, heads, size, dtype=torch.bfloat16)
    turned.copy_(seen.view(count, heads, length, size).transpose(1, 2))
    return turned.view(count * length, heads * size)


def _packed(weights: Any) -> Any:
    """The same in the order in which oneDNN reads them, which else it makes anew for each batch.

    Torch has that for its own compiler; where it is missing, nothing but speed is lost.
    """
    import torch

    pack = getattr(torch.ops.mkldnn, "_reorder_linear_weight", None)
    if pack is None or not hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        return weights
    return pack(weights, _TOKENS)


@cache
def _layers() -> tuple[_Layer, ...]:
    return tuple(_converted(embedded.text_model().model))


def _converted(bert: Any) -> Iterator[_Layer]:
    import torch

    def half(*linear: Any) -> tuple[Any, Any]:
        weights = torch.cat([one.weight for one in linear]).detach().bfloat16()
        bias = torch.cat([one.bias for one in linear]).detach().bfloat16()
        return _packed(weights), bias

    for layer in bert.encoder.layer:
        attention, own = layer.attention.output, layer.attention.self
        yield _Layer(
            half(own.query, own.key, own.value),
            half(attention.dense),
            (attention.LayerNorm.weight.detach(), attention.LayerNorm.bias.detach()),
            half(layer.intermediate.dense),
            half(layer.output.dense),
            (layer.output.LayerNorm.weight.detach(), layer.output.LayerNorm.bias.detach()),
        )
