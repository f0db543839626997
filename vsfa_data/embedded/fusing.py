"""Layers made fewer, for models that only compute."""

from __future__ import annotations

from typing import Any


def fuse(model: Any) -> Any:
    """Fold each batch normalisation into the convolution before it: the same function, faster."""
    from torch.nn import Conv2d
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    for parent in model.modules():
        before: tuple[str, Any] | None = None
        for name, child in parent.named_children():
            if before and hasattr(child, "running_mean"):
                setattr(parent, before[0], fuse_conv_bn_eval(before[1], child))
                setattr(parent, name, child.act)
            before = (name, child) if isinstance(child, Conv2d) else None
    return model
