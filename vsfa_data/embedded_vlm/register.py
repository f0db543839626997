"""Makes transformers' Auto classes know the embedded model.

`import vsfa_data.embedded_vlm.register` does nothing yet; `known(folder)` registers if the folder
holds such a model, `register()` in any case. No checkpoint's own code is ever run.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from vsfa_data.embedded_vlm.names import MODEL_TYPE


def known(folder: Path) -> None:
    """Register the classes if `folder` holds an embedded model, or one trained from it."""
    try:
        config = json.loads((folder / "config.json").read_bytes())
    except (OSError, ValueError):
        return  # whoever loads the folder says what is wrong with it
    if isinstance(config, dict) and config.get("model_type") == MODEL_TYPE:
        register()


@cache
def register() -> None:
    """Register config, tower, model and processor. Raises MissingExtraError without timm."""
    from vsfa_data.embedded.packaged import require

    require("the embedded vision-language model", "torch", "timm", "transformers")
    from transformers import (
        AutoConfig,
        AutoModel,
        AutoModelForImageTextToText,
        AutoProcessor,
        LlavaProcessor,
    )

    from vsfa_data.embedded_vlm.config import EmbeddedConfig, TowerConfig
    from vsfa_data.embedded_vlm.model import EmbeddedForConditionalGeneration, EmbeddedModel
    from vsfa_data.embedded_vlm.tower import Tower

    for config in (TowerConfig, EmbeddedConfig):
        AutoConfig.register(config.model_type, config)
    AutoModel.register(TowerConfig, Tower)
    AutoModel.register(EmbeddedConfig, EmbeddedModel)
    AutoModelForImageTextToText.register(EmbeddedConfig, EmbeddedForConditionalGeneration)
    AutoProcessor.register(EmbeddedConfig, LlavaProcessor)
