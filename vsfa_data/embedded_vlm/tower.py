"""The vision tower: EfficientNet-Lite2 as a class of transformers. Import it inside functions."""

from __future__ import annotations

from typing import Any

import timm  # noqa: TID253  # see above
import torch  # noqa: TID253
from transformers import PreTrainedModel  # noqa: TID253
from transformers.modeling_outputs import BaseModelOutput  # noqa: TID253

from vsfa_data.embedded_vlm.config import TowerConfig


class Tower(PreTrainedModel):
    """Pixels -> class scores, float[n, 1, classes]: one "patch" whose features are its classes."""

    config_class = TowerConfig
    main_input_name = "pixel_values"

    def __init__(self, config: TowerConfig) -> None:
        super().__init__(config)
        self.network = timm.create_model(
            config.architecture, pretrained=False, num_classes=config.hidden_size
        )
        self.post_init()

    def forward(self, pixel_values: torch.Tensor, **_: Any) -> BaseModelOutput:
        """Scores of float[n, 3, image_size, image_size]."""
        scores = self.network(pixel_values)[:, None]
        return BaseModelOutput(last_hidden_state=scores, hidden_states=(scores,))

    def train(self, mode: bool = True) -> Tower:  # noqa: ARG002, FBT001, FBT002  # torch's signature
        """Stay as it is: batch statistics that move would be another tower."""
        super().train(mode=False)
        return self
