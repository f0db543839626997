"""A Stable Diffusion pipeline with random weights, small enough to draw in a moment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def pipeline(folder: Path, *, safety_checker: Any = None) -> Any:
    """Made from configurations alone; `folder` is for the tokeniser's files."""
    import torch
    from diffusers import (
        AutoencoderKL,
        DDIMScheduler,
        StableDiffusionPipeline,
        UNet2DConditionModel,
    )
    from transformers import CLIPImageProcessor, CLIPTextModel

    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        block_out_channels=(8, 8),
        layers_per_block=1,
        sample_size=16,
        in_channels=4,
        out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=8,
        norm_num_groups=4,
        attention_head_dim=4,
    )
    vae = AutoencoderKL(
        block_out_channels=(8, 8),
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=4,
        norm_num_groups=4,
    )
    return StableDiffusionPipeline(
        vae=vae,
        text_encoder=CLIPTextModel(text_config()),
        tokenizer=tokenizer(folder),
        unet=unet,
        scheduler=DDIMScheduler(steps_offset=1, clip_sample=False, set_alpha_to_one=False),
        safety_checker=safety_checker,
        feature_extractor=None if safety_checker is None else CLIPImageProcessor(),
        requires_safety_checker=safety_checker is not None,
    )


def text_config() -> Any:
    from transformers import CLIPTextConfig

    return CLIPTextConfig(
        vocab_size=2 + 2 * len(LETTERS),
        hidden_size=8,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=77,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
        projection_dim=8,
    )


def tokenizer(folder: Path) -> Any:
    """Knows single letters, which is enough for prompts to differ."""
    from transformers import CLIPTokenizer

    ends = (f"{letter}</w>" for letter in LETTERS)
    tokens = ["<|startoftext|>", "<|endoftext|>", *LETTERS, *ends]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({token: n for n, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    files = str(folder / "vocab.json"), str(folder / "merges.txt")
    return CLIPTokenizer(*files, model_max_length=77)


def saved(folder: Path, *, safetensors: bool = True, safety_checker: Any = None) -> Path:
    """The pipeline as a folder."""
    made = pipeline(folder / "words", safety_checker=safety_checker)
    made.save_pretrained(folder / "tiny-sd", safe_serialization=safetensors)
    return folder / "tiny-sd"


def checker(*, threshold: float) -> Any:
    """A safety checker that flags everything (`threshold` -2) or nothing (2)."""
    import torch
    from diffusers.pipelines.stable_diffusion import StableDiffusionSafetyChecker
    from transformers import CLIPConfig, CLIPVisionConfig

    vision = CLIPVisionConfig(
        hidden_size=8,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        image_size=224,
        patch_size=112,
        projection_dim=8,
    )
    config = CLIPConfig(
        text_config=text_config().to_dict(), vision_config=vision.to_dict(), projection_dim=8
    )
    made = StableDiffusionSafetyChecker(config)
    with torch.no_grad():
        made.concept_embeds_weights.fill_(threshold)
        made.special_care_embeds_weights.fill_(2.0)
    return made
