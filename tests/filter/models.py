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


def words_tokenizer(words: str) -> Any:
    """A tokenizer of transformers' that knows the given words."""
    from tokenizers import Tokenizer, pre_tokenizers, processors
    from tokenizers.models import WordLevel
    from transformers import PreTrainedTokenizerFast

    known = {word: at for at, word in enumerate(["<pad>", "<unk>", "</s>", *words.split()])}
    plain = Tokenizer(WordLevel(known, "<unk>"))
    plain.pre_tokenizer = pre_tokenizers.Whitespace()
    plain.post_processor = processors.TemplateProcessing("$A </s>", None, [("</s>", 2)])
    special = {"pad_token": "<pad>", "unk_token": "<unk>", "eos_token": "</s>"}
    return PreTrainedTokenizerFast(tokenizer_object=plain, **special)


def transformers_folder(folder: Path, kind: str) -> Path:
    """A local-dir: model of transformers': clip, siglip, or siglip2 (patches of any number)."""
    import torch
    import transformers

    auto: Any = transformers
    name = {"clip": "CLIP", "siglip": "Siglip", "siglip2": "Siglip2"}[kind]
    small = {
        "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
        "num_attention_heads": 2,
    }  # fmt: skip
    text = {**small, "vocab_size": 40, "max_position_embeddings": 12, "projection_size": 32}
    text |= {"eos_token_id": 2, "pad_token_id": 0, "bos_token_id": 1}
    vision = {**small, "image_size": 64, "patch_size": 16}
    processor = {"size": {"height": 64, "width": 64}}
    if kind == "clip":
        processor = {"size": {"shortest_edge": 64}, "crop_size": {"height": 64, "width": 64}}
    if kind == "siglip2":
        vision = {**small, "num_patches": 16, "patch_size": 16}
        processor = {"patch_size": 16, "max_num_patches": 24}
    config = getattr(auto, f"{name}Config")(text_config=text, vision_config=vision)
    torch.manual_seed(0)
    model = getattr(auto, f"{name}Model")(config)
    if kind != "clip":
        model.logit_bias.data.fill_(-10.0)
    model.save_pretrained(folder)
    words = words_tokenizer("a photo of rifle duck on the pond cat red house")
    images = getattr(auto, f"{name}ImageProcessorPil")(**processor)
    getattr(auto, f"{name}Processor")(image_processor=images, tokenizer=words).save_pretrained(
        folder
    )
    return folder
