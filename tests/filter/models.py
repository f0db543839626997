"""Small real models with random weights, saved as their libraries save them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CLIP: dict[str, Any] = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 64, "layers": 2, "width": 64, "head_width": 32, "patch_size": 16},
    "text_cfg": {
        "context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2,
    },
}  # fmt: skip
SIGLIP: dict[str, Any] = {**CLIP, "init_logit_bias": -10, "custom_text": True}


def open_clip_folder(
    folder: Path, config: dict[str, Any] = CLIP, preprocess: dict[str, Any] | None = None
) -> Path:
    """A local-dir: model of open_clip's."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(0)
    kind = open_clip.CustomTextCLIP if config.get("custom_text") else open_clip.CLIP
    given = {key: value for key, value in config.items() if key != "custom_text"}
    model = kind(**given)
    folder.mkdir(parents=True)
    save_file(
        {name: value.contiguous() for name, value in model.state_dict().items()},
        folder / "open_clip_model.safetensors",
    )
    (folder / "open_clip_config.json").write_text(
        json.dumps({"model_cfg": config, "preprocess_cfg": preprocess or {}})
    )
    return folder
