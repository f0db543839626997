"""What FSDP needs to know of a model, and how its adapter is gathered again."""

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


def gathered_adapter(model: Any) -> dict[str, Any]:
    """The trainable weights of a model that FSDP 2 has sharded, whole, on the CPU.

    Every process must call it. Frozen weights stay where they are: the base may not fit into one
    machine's memory, let alone into one process's.
    """
    from torch.distributed.tensor import DTensor

    shards = model.state_dict()  # puts back what the last forward pass has left unsharded
    trained = (name for name, weight in model.named_parameters() if weight.requires_grad)
    found = {}
    for name in trained:
        weight = shards[name].detach()
        found[name] = (weight.full_tensor() if isinstance(weight, DTensor) else weight).cpu()
    return found
