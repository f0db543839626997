"""Vision-language models with random weights, of any size, and processors that fit them.

Nothing is downloaded: the tokenizer is trained on a few sentences on the spot.
"""

from __future__ import annotations

from typing import Any, Final

CORPUS: Final = (
    "What is the main object in this picture? An assault rifle fills the frame, mostly in grey.",
    "Describe the scene. A brightly coloured drawing of a kitchen knife on a plain background.",
    "Is there a dog? No. Which colours dominate? Red, white and black. 0123456789",
)
QWEN_TOKENS: Final = (
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
    *("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"),
)
QWEN_TEMPLATE: Final = """\
{%- for message in messages -%}
{%- if loop.first and message['role'] != 'system' -%}
{{ '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}
{%- endif -%}
{{ '<|im_start|>' + message['role'] + '\\n' }}
{%- for part in message['content'] -%}
{%- if part['type'] == 'image' -%}
{{ '<|vision_start|><|image_pad|><|vision_end|>' }}
{%- else -%}
{{ part['text'] }}
{%- endif -%}
{%- endfor -%}
{{ '<|im_end|>\\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{ '<|im_start|>assistant\\n' }}
{%- endif -%}
"""
SEVEN_B: Final[dict[str, Any]] = {
    "text": {
        "vocab_size": 152_064,
        "hidden_size": 3584,
        "intermediate_size": 18_944,
        "num_hidden_layers": 28,
        "num_attention_heads": 28,
        "num_key_value_heads": 4,
        "max_position_embeddings": 128_000,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 1e6,
            "mrope_section": [16, 24, 24],
        },
    },
    "vision": {
        "depth": 32,
        "hidden_size": 1280,
        "intermediate_size": 3420,
        "num_heads": 16,
        "out_hidden_size": 3584,
    },
}
"""The shape of Qwen2.5-VL-7B-Instruct, as its config.json gives it."""
SMALL: Final[dict[str, Any]] = {
    "text": {
        "vocab_size": 4096,
        "hidden_size": 256,
        "intermediate_size": 704,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 4096,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 1e6,
            "mrope_section": [8, 12, 12],
        },
    },
    "vision": {
        "depth": 2,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_heads": 2,
        "out_hidden_size": 256,
        "fullatt_block_indexes": [1],
    },
}


def tokenizer(special: tuple[str, ...], *, eos: str, pad: str, **more: str) -> Any:
    """A byte-level BPE tokenizer of 600 tokens, the special ones included.

    `more` names further tokens, as some processors ask for (`start_image_token`).
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=list(special),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train_from_iterator(CORPUS, trainer)
    named: dict[str, Any] = {"eos_token": eos, "pad_token": pad, "extra_special_tokens": more}
    make: Any = PreTrainedTokenizerFast
    return make(tokenizer_object=inner, additional_special_tokens=list(special), **named)


def qwen_processor() -> Any:
    """A Qwen2.5-VL processor around a tokenizer of a few words."""
    from transformers import (
        Qwen2_5_VLProcessor,
        Qwen2VLImageProcessor,
        Qwen2VLVideoProcessor,
    )

    make: Any = Qwen2_5_VLProcessor
    return make(
        image_processor=Qwen2VLImageProcessor(min_pixels=4 * 28 * 28, max_pixels=1280 * 28 * 28),
        tokenizer=tokenizer(QWEN_TOKENS, eos=QWEN_TOKENS[2], pad=QWEN_TOKENS[0]),
        video_processor=Qwen2VLVideoProcessor(),
        chat_template=QWEN_TEMPLATE,
    )


def qwen(shape: dict[str, Any], processor: Any, device: str, dtype: str) -> Any:
    """A Qwen2.5-VL of that `shape` with random weights, made on `device` in `dtype`."""
    import torch
    from transformers import AutoModelForImageTextToText, Qwen2_5_VLConfig

    ids = {name: processor.tokenizer.convert_tokens_to_ids(name) for name in QWEN_TOKENS}
    config = Qwen2_5_VLConfig(
        text_config={**shape["text"], "eos_token_id": ids["<|im_end|>"], "bos_token_id": None},
        vision_config=shape["vision"],
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
        tie_word_embeddings=False,
    )
    torch.manual_seed(0)
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, dtype))
    try:
        with torch.device(device):
            make: Any = AutoModelForImageTextToText.from_config
            return make(config, attn_implementation="sdpa")
    finally:
        torch.set_default_dtype(before)
