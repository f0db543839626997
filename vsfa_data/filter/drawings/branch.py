"""A branch of the embedded classifier, trained on drawings: icons and their names.

It goes on from the classifier's first stages with stages of its own, and puts a picture straight
into the space of text vectors, so that it can see what ImageNet has no class for.
"""

from __future__ import annotations

import copy
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from vsfa_data import embedded
from vsfa_data.errors import SetupError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FILE: Final = Path(__file__).with_name("weights.safetensors")
SHA256: Final = "d0866aadd236bf130cf08e82f69b8101114be7a60193aea9db63aaaae5cbb483"
"""The weights, down to their bytes."""
LENGTH: Final = 35.8
"""Length of the features that the last layer was trained on: the square root of 1,280 of them."""
LEAST: Final = 1e-6
"""Features below it are raised to it, as in training."""


class Branch:
    """Late stages of EfficientNet-Lite2 and a map to text space. Make one with `load()`."""

    def __init__(self, layers: Any, to_text: Any) -> None:
        self.layers = layers
        self.to_text = to_text

    def vectors(self, early: Any) -> NDArray[np.float32]:
        """What `embedded.Look.early` holds -> float32[n, 384], of any length.

        They lie in text space less the mean of the names that were learned.
        """
        import torch

        with torch.inference_mode(), embedded.one_thread():
            found: NDArray[np.float32] = self.compute(early).numpy()
        return found

    def compute(self, early: Any) -> Any:
        """The same as tensors, on as many threads as there are."""
        from torch.nn.functional import normalize

        pooled = self.layers(early).mean((2, 3))
        return self.to_text(LENGTH * normalize(pooled.clamp(min=LEAST).sqrt(), dim=1))


@cache
def load() -> Branch:
    """The branch, loaded once per process.

    Raises MissingExtraError or SetupError as `embedded.classifier` does, and SetupError if its own
    weights are missing or not those that SHA256 names.
    """
    classifier = embedded.classifier().model
    again = "Run: pip install --force-reinstall --no-deps vsfa-data"
    if not FILE.is_file():
        raise SetupError(f"{FILE} is not there. {again}")
    data = FILE.read_bytes()
    if (found := hashlib.sha256(data).hexdigest()) != SHA256:
        wrong = f"its sha256 is {found}, expected {SHA256}"
        raise SetupError(f"{FILE} is not the file it should be: {wrong}. {again}")
    import torch
    from safetensors import torch as tensors

    late = (*classifier.blocks[embedded.EARLY_STAGES :], classifier.conv_head, classifier.bn2)
    parts = torch.nn.ModuleDict(
        {
            "layers": copy.deepcopy(torch.nn.Sequential(*late)),
            "to_text": torch.nn.Linear(embedded.FEATURES, embedded.TEXT_DIMENSION),
        }
    )
    parts.load_state_dict(tensors.load(data))  # half precision becomes single
    return Branch(parts["layers"], parts["to_text"])
