"""Vision-language models of some 100,000 random weights, of real classes, made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from benchmarks.vlm import QWEN_TEMPLATE, QWEN_TOKENS, qwen, qwen_processor, tokenizer
from vsfa_data.train import presets
from vsfa_data.train.collate import Collator

TEXT = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "vocab_size": 700,
    "max_position_embeddings": 4096,
}
VISION = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 32,
    "patch_size": 8,
}
IDEFICS_TEMPLATE = (
    "<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}: "
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}{{ '<image>' }}"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)
# As llava-1.5's own: no token says where an answer ends.
LLAVA_TEMPLATE = (
    "{% for message in messages %}{{ message['role'].upper() + ': ' }}"
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}{{ '<image>\n' }}"
    "{% else %}{{ part['text'] + ' ' }}{% endif %}{% endfor %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
)


def idefics3() -> tuple[Any, Any]:
    """Model and processor."""
    from transformers import (
        AutoModelForImageTextToText,
        Idefics3Config,
        Idefics3ImageProcessor,
        Idefics3Processor,
    )

    special = (
        *("<|endoftext|>", "<|im_start|>", "<end_of_utterance>", "<fake_token_around_image>"),
        *("<image>", "<global-img>"),
        *(f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)),
    )
    words = tokenizer(special, eos="<end_of_utterance>", pad="<|endoftext|>")
    words.add_special_tokens({"bos_token": "<|im_start|>"})
    images = Idefics3ImageProcessor(
        size={"longest_edge": 64}, max_image_size={"longest_edge": 32}, do_image_splitting=True
    )
    processor = Idefics3Processor(
        image_processor=images, tokenizer=words, image_seq_len=4, chat_template=IDEFICS_TEMPLATE
    )
    config = Idefics3Config(
        text_config={"model_type": "llama", **TEXT, "pad_token_id": words.pad_token_id},
        vision_config=VISION,
        scale_factor=2,
        image_token_id=words.convert_tokens_to_ids("<image>"),
        pad_token_id=words.pad_token_id,
    )
    return AutoModelForImageTextToText.from_config(config), processor


def llava() -> tuple[Any, Any]:
    """Model and processor."""
    from transformers import (
        AutoModelForImageTextToText,
        CLIPImageProcessor,
        LlavaConfig,
        LlavaProcessor,
    )

    words = tokenizer(("<unk>", "</s>", "<image>"), eos="</s>", pad="<unk>")
    images = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    processor = LlavaProcessor(
        image_processor=images,
        tokenizer=words,
        patch_size=8,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=LLAVA_TEMPLATE,
    )
    config = LlavaConfig(
        text_config={"model_type": "llama", **TEXT},
        vision_config={"model_type": "clip_vision_model", "projection_dim": 32, **VISION},
        image_token_id=words.convert_tokens_to_ids("<image>"),
        image_seq_length=16,
    )
    return AutoModelForImageTextToText.from_config(config), processor


def qwen2_5_vl() -> tuple[Any, Any]:
    """Model and processor."""
    processor = qwen_processor()
    processor.image_processor.size = {"shortest_edge": 28 * 28, "longest_edge": 16 * 28 * 28}
    rope = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [2, 3, 3]}
    shape = {
        "text": {**TEXT, "rope_parameters": rope},
        "vision": {
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_heads": 2,
            "out_hidden_size": 32,
            "fullatt_block_indexes": [1],
        },
    }
    return qwen(shape, processor, "cpu", "float32"), processor


def smolvlm() -> tuple[Any, Any]:
    """Model and processor."""
    from transformers import (
        AutoModelForImageTextToText,
        SmolVLMConfig,
        SmolVLMImageProcessor,
        SmolVLMProcessor,
        SmolVLMVideoProcessor,
    )

    words = idefics3()[1].tokenizer
    size = {"size": {"longest_edge": 64}, "max_image_size": {"longest_edge": 32}}
    make: Any = SmolVLMProcessor
    processor = make(
        image_processor=SmolVLMImageProcessor(**size, do_image_splitting=True),
        tokenizer=words,
        video_processor=SmolVLMVideoProcessor(**size),
        image_seq_len=4,
        chat_template=IDEFICS_TEMPLATE,
    )
    config = SmolVLMConfig(
        text_config={"model_type": "llama", **TEXT, "pad_token_id": words.pad_token_id},
        vision_config=VISION,
        scale_factor=2,
        image_token_id=words.convert_tokens_to_ids("<image>"),
        pad_token_id=words.pad_token_id,
    )
    return AutoModelForImageTextToText.from_config(config), processor


def qwen3_vl() -> tuple[Any, Any]:
    """Model and processor."""
    from transformers import AutoModelForImageTextToText, Qwen3VLConfig, Qwen3VLProcessor

    other = qwen2_5_vl()[1]
    images = other.image_processor
    images.patch_size = 16
    make: Any = Qwen3VLProcessor
    processor = make(
        image_processor=images,
        tokenizer=other.tokenizer,
        video_processor=other.video_processor,
        chat_template=QWEN_TEMPLATE,
    )
    ids = {name: other.tokenizer.convert_tokens_to_ids(name) for name in QWEN_TOKENS}
    rope = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [4, 2, 2]}
    config = Qwen3VLConfig(
        text_config={**TEXT, "head_dim": 16, "rope_parameters": rope},
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_heads": 2,
            "out_hidden_size": 32,
            "patch_size": 16,
            "deepstack_visual_indexes": [0],
            "num_position_embeddings": 64,
        },
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
    )
    return AutoModelForImageTextToText.from_config(config), processor


def internvl() -> tuple[Any, Any]:
    """Model and processor."""
    from transformers import (
        AutoModelForImageTextToText,
        GotOcr2ImageProcessor,
        InternVLConfig,
        InternVLProcessor,
        InternVLVideoProcessor,
    )

    special = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<img>", "</img>", "<IMG_CONTEXT>")
    named = {
        "start_image_token": "<img>",
        "end_image_token": "</img>",
        "context_image_token": "<IMG_CONTEXT>",
        "video_token": "<video>",
    }
    words = tokenizer((*special, "<video>"), eos="<|im_end|>", pad="<|endoftext|>", **named)
    size = {"height": 32, "width": 32}
    make: Any = InternVLProcessor
    template = QWEN_TEMPLATE.replace(
        "<|vision_start|><|image_pad|><|vision_end|>", "<IMG_CONTEXT>\\n"
    )
    processor = make(
        image_processor=GotOcr2ImageProcessor(size=size, crop_to_patches=True),
        tokenizer=words,
        video_processor=InternVLVideoProcessor(size=size),
        image_seq_length=4,
        chat_template=template,
    )
    config = InternVLConfig(
        text_config={"model_type": "qwen2", **TEXT},
        vision_config={**VISION, "image_size": [32, 32], "patch_size": [8, 8]},
        image_token_id=words.convert_tokens_to_ids("<IMG_CONTEXT>"),
        image_seq_length=4,
    )
    return AutoModelForImageTextToText.from_config(config), processor


MODELS: dict[str, Callable[[], tuple[Any, Any]]] = {
    "idefics3": idefics3,
    "internvl": internvl,
    "llava": llava,
    "qwen2_5_vl": qwen2_5_vl,
    "qwen3_vl": qwen3_vl,
    "smolvlm": smolvlm,
}
PICTURE_TOKENS = {
    "idefics3": "<image>",
    "internvl": "<IMG_CONTEXT>",
    "llava": "<image>",
    "qwen2_5_vl": QWEN_TOKENS[5],
    "qwen3_vl": QWEN_TOKENS[5],
    "smolvlm": "<image>",
}


def collator(name: str, processor: Any, max_image_px: int = 64) -> Collator:
    """What makes batches for that model, as its preset says."""
    preset = presets.choose(None, SimpleNamespace(model_type=name))[1]
    return Collator(processor, preset, max_image_px)


def save(name: str, folder: Path) -> Path:
    """The model and its processor as a checkpoint in `folder`."""
    import torch

    torch.manual_seed(0)
    model, processor = MODELS[name]()
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
