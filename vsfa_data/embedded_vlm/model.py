"""The embedded model as classes of transformers: LLaVA's, with our own tower and projector.

Import it inside functions only.
"""

from __future__ import annotations

from typing import Any

import torch  # noqa: TID253  # see above
from transformers import AutoModel, LlavaForConditionalGeneration  # noqa: TID253
from transformers.modeling_outputs import BaseModelOutputWithPooling  # noqa: TID253
from transformers.models.llava.modeling_llava import (  # noqa: TID253
    LlavaModel,
    LlavaPreTrainedModel,
)

from vsfa_data.embedded_vlm.config import EmbeddedConfig
from vsfa_data.embedded_vlm.projector import ConceptProjector


class EmbeddedModel(LlavaModel):
    """Tower, projector and language model."""

    config_class = EmbeddedConfig

    def __init__(self, config: EmbeddedConfig) -> None:
        # LLaVA's own would make its own projector.
        LlavaPreTrainedModel.__init__(self, config)
        self.vision_tower = AutoModel.from_config(config.vision_config)
        self.multi_modal_projector: Any = ConceptProjector(config)
        self.language_model = AutoModel.from_config(config.text_config)
        self.post_init()

    def get_image_features(self, pixel_values: torch.Tensor, **_: Any) -> Any:
        """Soft tokens of each picture, as a list in `pooler_output`."""
        scores = self.vision_tower(pixel_values).last_hidden_state
        tokens = self.multi_modal_projector(scores)
        listed: Any = list(tokens)  # what LLaVA joins again
        return BaseModelOutputWithPooling(last_hidden_state=scores, pooler_output=listed)


class EmbeddedForConditionalGeneration(LlavaForConditionalGeneration):
    """Writes text about pictures."""

    config_class = EmbeddedConfig

    def __init__(self, config: EmbeddedConfig) -> None:
        LlavaPreTrainedModel.__init__(self, config)
        self.model = EmbeddedModel(config)
        text: Any = config.text_config
        self.lm_head = torch.nn.Linear(text.hidden_size, text.vocab_size, bias=False)
        self.post_init()
