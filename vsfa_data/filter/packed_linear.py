"""Has oneDNN compute a vision tower's large matrix products on a CPU.

torch leaves those of float32 to MKL, which lays a matrix out anew at every call and knows some
processors badly. oneDNN does so once: on an AMD EPYC ViT-B-32 takes 0.88 of the time. Vectors
differ by some 1e-7, as they do from one processor to another.
"""

from __future__ import annotations

import platform
from functools import partial
from typing import Any, Final

_X86: Final = frozenset({"x86_64", "AMD64"})
_OPERATIONS: Final = ("_reorder_linear_weight", "_linear_pointwise")


def pack(tower: Any) -> int:
    """Lay out the layers of a tower's MLPs for oneDNN, in place; returns how many.

    For a float32 model that only computes from now on: the weights as they were are gone. None is
    touched where this torch has no oneDNN. Attention stays as it is, for libraries reach past its
    layers to their weights.
    """
    import torch

    if not _is_possible(torch):
        return 0
    found = [layer for parent in tower.modules() for layer in _layers(torch, parent)]
    for layer in found:
        weight, bias = layer.weight.detach(), layer.bias
        laid_out = torch.ops.mkldnn._reorder_linear_weight(weight)  # noqa: SLF001  # inductor's own
        layer.forward = partial(_product, torch, laid_out, None if bias is None else bias.detach())
        layer.weight = torch.nn.Parameter(weight.new_empty(0), requires_grad=False)
    return len(found)


def _is_possible(torch: Any) -> bool:
    """Whether there is oneDNN for this processor, with what torch's own compiler calls in it."""
    known = platform.machine() in _X86 and torch.backends.mkldnn.is_available()
    return known and all(hasattr(torch.ops.mkldnn, name) for name in _OPERATIONS)


def _layers(torch: Any, parent: Any) -> list[Any]:
    """The float32 layers of an MLP: its class says so, or it is a sequence (open_clip's)."""
    is_mlp = type(parent).__name__.lower().endswith("mlp")
    if not is_mlp and type(parent) is not torch.nn.Sequential:
        return []
    plain = [child for child in parent.children() if type(child) is torch.nn.Linear]
    return [child for child in plain if child.weight.dtype == torch.float32]


def _product(torch: Any, laid_out: Any, bias: Any, rows: Any) -> Any:
    """As the layer's own `forward`."""
    return torch.ops.mkldnn._linear_pointwise(rows, laid_out, bias, "none", [], "")  # noqa: SLF001
