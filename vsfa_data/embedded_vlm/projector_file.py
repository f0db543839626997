"""The projector that ships: its file, and what is in it. `fit.py` makes it.

Tensors: those of `ConceptProjector`, in half precision; and the pairs `tuned.LAYER.a` and `.b`,
whose product is added to the weights of that layer of the language model. So small a model takes
to soft tokens and short answers only if it is tuned a little.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).with_name("projector.safetensors")
TUNED: Final = "tuned."
_SLOTS: Final = (("names", 2), ("kinds", 1), ("states", 1))
"""Tables, and how many rows of each a picture takes."""


def read() -> bytes:
    """The file's bytes."""
    return FILE.read_bytes()


def tokens() -> int:
    """Soft tokens that the projector makes of a picture."""
    from safetensors import safe_open

    with safe_open(FILE, framework="numpy") as opened:
        shapes = {name: opened.get_slice(name).get_shape() for name, _ in _SLOTS}
        constants: int = opened.get_slice("constants").get_shape()[0]
        for name, times in _SLOTS:
            constants += times * int(shapes[name][1])
    return constants


def tune(language: Any, tensors: dict[str, Any]) -> None:
    """Add the pairs in `tensors` to the weights of `language`, and take them out of `tensors`."""
    layers = dict(language.named_modules())
    for name in [name for name in tensors if name.startswith(TUNED) and name.endswith(".a")]:
        layer = name.removeprefix(TUNED).removesuffix(".a")
        first, second = tensors.pop(name), tensors.pop(f"{TUNED}{layer}.b")
        layers[layer].weight.data += second.float() @ first.float()
