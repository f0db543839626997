"""What LoRA adds to a frozen layer, in one product that adds as it goes.

peft multiplies by A and B, scales and adds: four times through memory as large as the layer's
output, which a GPU spends a tenth of a step on.
"""

from __future__ import annotations

from typing import Any


def add_at_once(model: Any) -> int:
    """Have the plain LoRA layers of `model` (of `lora.attach`) add so; how many do.

    For training: the same sums, rounded once less. Layers of four bits keep peft's way, and so do
    those whose LoRA weights have a bias.
    """
    from peft.tuners.lora.layer import Linear

    linear = [m for m in model.modules() if type(m) is Linear and not m.lora_variant]
    plain = [m for m in linear if not any(m.lora_bias.values())]
    for module in plain:
        # peft asks what it finds here to make the output, as it does for other kinds of LoRA.
        module.lora_variant.update(dict.fromkeys(module.lora_A, _AddedAtOnce()))  # type: ignore[arg-type]  # it has what peft calls
    return len(plain)


class _AddedAtOnce:
    def forward(self, module: Any, active_adapter: str, x: Any, result: Any, **_: Any) -> Any:
        """`result`, the frozen layer's output, and on top of it what LoRA makes of `x`."""
        low = module.lora_A[active_adapter](module.lora_dropout[active_adapter](x))
        up, scale = module.lora_B[active_adapter].weight, module.scaling[active_adapter]
        # Autocast lets alone what is computed in place.
        low, up = low.to(result.dtype), up.to(result.dtype).T
        if result.dim() == 3:
            return result.baddbmm_(low, up.expand(len(low), *up.shape), alpha=scale)
        return result + (low @ up) * scale

    def supports_lora_conversion(self) -> bool:
        return True
