"""What FSDP needs to know of a model: which of its layers are held and fetched one by one."""

from __future__ import annotations

from typing import Any


def name_layers(model: Any) -> list[str]:
    """Leave only classes that the model has in its list of layers that stay whole; answers with it.

    A checkpoint's class may list what another vision tower would have (LLaVA names the text
    embeddings of CLIP), and accelerate refuses to wrap a model that lacks one of them.
    """
    base = model.get_base_model()
    present = {type(module).__name__ for module in base.modules()}
    named = sorted(set(base._no_split_modules or ()) & present)  # noqa: SLF001  # accelerate reads it
    base._no_split_modules = named  # noqa: SLF001  # the same
    return named
