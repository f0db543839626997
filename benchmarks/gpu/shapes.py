"""Qwen2.5-VL-7B and LLaVA-1.5-7B as their config.json files give them, with random weights.

Nothing is downloaded: weights are drawn on the device itself, and a tokenizer of a few hundred
tokens stands for the real one, since the time a token takes does not depend on which one it is.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

TOKENS: Final = (
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<image>"),
    *("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"),
)
CHAT: Final = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{% for c in m.content %}"
    "{% if c.type == 'image' %}IMAGE{% else %}{{ c.text }}{% endif %}{% endfor %}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_QWEN: Final[Mapping[str, Any]] = {
    "text": {
        "vocab_size": 152_064,
        "hidden_size": 3584,
        "intermediate_size": 18_944,
        "num_hidden_layers": 28,
        "num_attention_heads": 28,
        "num_key_value_heads": 4,
    },
    "section": [16, 24, 24],
    "vision": {
        "depth": 32,
        "hidden_size": 1280,
        "intermediate_size": 3420,
        "num_heads": 16,
        "out_hidden_size": 3584,
    },
}
_SMALL_QWEN: Final[Mapping[str, Any]] = {
    "text": {
        "vocab_size": 4096,
        "hidden_size": 256,
        "intermediate_size": 512,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
    },
    "section": [8, 12, 12],
    "vision": {
        "depth": 2,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_heads": 2,
        "out_hidden_size": 256,
        "fullatt_block_indexes": [1],
    },
}
_LLAVA: Final[Mapping[str, Any]] = {
    "text": {
        "vocab_size": 32_064,
        "hidden_size": 4096,
        "intermediate_size": 11_008,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
    },
    "vision": {
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "image_size": 336,
        "patch_size": 14,
    },
}
_SMALL_LLAVA: Final[Mapping[str, Any]] = {
    "text": {
        "vocab_size": 4096,
        "hidden_size": 256,
        "intermediate_size": 512,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
    },
    "vision": {
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "image_size": 112,
        "patch_size": 14,
    },
}


class Made(NamedTuple):
    """A model and the processor that goes with it."""

    model: Any
    processor: Any


def qwen(device: str, *, small: bool) -> Made:
    """Qwen2.5-VL: 14 x 14 px patches, four of them one token, as many as the picture has."""
    t: Any = importlib.import_module("transformers")
    shape = _SMALL_QWEN if small else _QWEN
    words = _tokenizer()
    ids = {name: words.convert_tokens_to_ids(name) for name in TOKENS}
    rope = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": shape["section"]}
    config = t.Qwen2_5_VLConfig(
        text_config={
            **shape["text"],
            "rope_parameters": rope,
            "bos_token_id": None,
            "eos_token_id": ids["<|im_end|>"],
            "pad_token_id": ids["<|endoftext|>"],
        },
        vision_config=shape["vision"],
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
        tie_word_embeddings=False,
    )
    processor = t.Qwen2_5_VLProcessor(
        image_processor=t.Qwen2VLImageProcessor(
            size={"shortest_edge": 4 * 28 * 28, "longest_edge": 1280 * 28 * 28}
        ),
        tokenizer=words,
        video_processor=t.Qwen2VLVideoProcessor(),
        chat_template=CHAT.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>"),
    )
    return Made(_random(config, device), processor)


def llava(device: str, *, small: bool) -> Made:
    """LLaVA-1.5: CLIP ViT-L/14 at 336 px, 576 tokens a picture whatever its size."""
    t: Any = importlib.import_module("transformers")
    shape = _SMALL_LLAVA if small else _LLAVA
    words = _tokenizer()
    side = shape["vision"]["image_size"]
    config = t.LlavaConfig(
        text_config=t.LlamaConfig(
            **shape["text"],
            eos_token_id=words.convert_tokens_to_ids("<|im_end|>"),
            pad_token_id=words.convert_tokens_to_ids("<|endoftext|>"),
        ),
        vision_config=t.CLIPVisionConfig(**shape["vision"]),
        image_token_id=words.convert_tokens_to_ids("<image>"),
    )
    processor = t.LlavaProcessor(
        image_processor=t.CLIPImageProcessor(
            size={"shortest_edge": side}, crop_size={"height": side, "width": side}
        ),
        tokenizer=words,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=CHAT.replace("IMAGE", "<image>\n"),
    )
    return Made(_random(config, device), processor)


def _random(config: Any, device: str) -> Any:
    """A model of that shape, drawn on `device` in bfloat16 (float32 on a CPU); never stops.

    No token ends a reply, so that each has exactly as many tokens as were asked for.
    """
    import torch

    t: Any = importlib.import_module("transformers")
    torch.manual_seed(0)
    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    with torch.device(device):
        model = t.AutoModelForImageTextToText.from_config(
            config, dtype=dtype, attn_implementation="sdpa"
        )
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = config.get_text_config().pad_token_id
    return model.train(mode=False)


def _tokenizer() -> Any:
    """Byte-level BPE, trained on a few words."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    t: Any = importlib.import_module("transformers")
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=list(TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    text = "Describe this picture in two or three plain sentences, the colours and the material."
    made.train_from_iterator([text] * 2, trainer)
    marks = {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}
    return t.PreTrainedTokenizerFast(tokenizer_object=made, **marks)
