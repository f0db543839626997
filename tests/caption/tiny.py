"""Vision-language models that fit into a test: real classes, real files, random weights.

Each is saved as a checkpoint folder, so that what loads it goes the way of a real one. None has
more than 200,000 weights; a tokenizer is trained on the spot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

SPECIAL = (
    "<pad>",
    "<s>",
    "</s>",
    "<image>",
    "<fake_token_around_image>",
    "<global-img>",
    "<end_of_utterance>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
TEXT = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
VISION = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 32,
    "patch_size": 8,
}
CHAT = (
    "{% for m in messages %}{{ m.role }}: {% for c in m.content %}"
    "{% if c.type == 'image' %}IMAGE{% else %}{{ c.text }}{% endif %}"
    "{% endfor %}</s>{% endfor %}{% if add_generation_prompt %}assistant:\n{% endif %}"
)


def tokenizer(
    texts: Sequence[str] = ("a picture of a red thing on a white ground",) * 3, **named: str
) -> Any:
    """Byte-level BPE of at most 400 tokens, trained on `texts`; `named`: special tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(texts, trainer)
    marks = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>"}
    return PreTrainedTokenizerFast(tokenizer_object=made, extra_special_tokens=named, **marks)


def idefics3() -> tuple[Any, Any]:
    import transformers as t

    processor = t.Idefics3Processor(
        image_processor=t.Idefics3ImageProcessor(
            size={"longest_edge": 64}, max_image_size={"longest_edge": 32}, do_image_splitting=False
        ),
        tokenizer=tokenizer(),
        image_seq_len=4,
        chat_template=CHAT.replace("IMAGE", "<image>"),
    )
    words = processor.tokenizer
    config = t.Idefics3Config(
        text_config=t.LlamaConfig(vocab_size=len(words), **TEXT),
        vision_config=VISION,
        scale_factor=2,
        image_token_id=words.convert_tokens_to_ids("<image>"),
        pad_token_id=0,
    )
    return processor, config


def llava(texts: Sequence[str] = ()) -> tuple[Any, Any]:
    import transformers as t

    words = tokenizer(texts) if texts else tokenizer()
    processor = t.LlavaProcessor(
        image_processor=t.CLIPImageProcessor(
            size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
        ),
        tokenizer=words,
        patch_size=8,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=CHAT.replace("IMAGE", "<image>\n"),
    )
    config = t.LlavaConfig(
        text_config=t.LlamaConfig(vocab_size=len(words), **TEXT),
        vision_config=t.CLIPVisionConfig(**VISION),
        image_token_id=words.convert_tokens_to_ids("<image>"),
    )
    return processor, config


def _qwen_processor(kind: str, words: Any) -> Any:
    import transformers as t

    return getattr(t, f"{kind}Processor")(
        image_processor=t.Qwen2VLImageProcessor(min_pixels=28 * 28, max_pixels=28 * 28 * 16),
        tokenizer=words,
        video_processor=t.Qwen2VLVideoProcessor(),
        chat_template=CHAT.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>"),
    )


def _qwen_ids(words: Any) -> dict[str, int]:
    found = words.convert_tokens_to_ids
    return {
        "image_token_id": found("<|image_pad|>"),
        "video_token_id": found("<|video_pad|>"),
        "vision_start_token_id": found("<|vision_start|>"),
        "vision_end_token_id": found("<|vision_end|>"),
    }


def _qwen_text(words: Any) -> dict[str, Any]:
    rope = {"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 10_000.0}
    return {"vocab_size": len(words), "num_key_value_heads": 2, "rope_parameters": rope, **TEXT}


def qwen2_vl() -> tuple[Any, Any]:
    import transformers as t

    words = tokenizer()
    config = t.Qwen2VLConfig(
        text_config=_qwen_text(words),
        vision_config={"depth": 2, "embed_dim": 32, "num_heads": 2, "hidden_size": 32},
        **_qwen_ids(words),
    )
    return _qwen_processor("Qwen2VL", words), config


def qwen2_5_vl() -> tuple[Any, Any]:
    import transformers as t

    words = tokenizer()
    vision = {
        "depth": 2,
        "hidden_size": 32,
        "num_heads": 2,
        "intermediate_size": 64,
        "out_hidden_size": 32,
        "fullatt_block_indexes": [1],
    }
    config = t.Qwen2_5_VLConfig(
        text_config=_qwen_text(words), vision_config=vision, **_qwen_ids(words)
    )
    return _qwen_processor("Qwen2_5_VL", words), config


def qwen3_vl() -> tuple[Any, Any]:
    import transformers as t

    words = tokenizer()
    vision = {
        "depth": 2,
        "hidden_size": 32,
        "num_heads": 2,
        "intermediate_size": 64,
        "out_hidden_size": 32,
        "deepstack_visual_indexes": [0],
        "num_position_embeddings": 64,
        "patch_size": 16,
    }
    config = t.Qwen3VLConfig(
        text_config={**_qwen_text(words), "head_dim": 8}, vision_config=vision, **_qwen_ids(words)
    )
    processor = t.Qwen3VLProcessor(
        image_processor=t.Qwen2VLImageProcessor(
            min_pixels=32 * 32, max_pixels=32 * 32 * 16, patch_size=16
        ),
        tokenizer=words,
        video_processor=t.Qwen3VLVideoProcessor(),
        chat_template=CHAT.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>"),
    )
    return processor, config


def internvl() -> tuple[Any, Any]:
    import transformers as t

    named = {
        "start_image_token": "<img>",
        "end_image_token": "</img>",
        "context_image_token": "<IMG_CONTEXT>",
        "video_token": "<video>",
    }
    words = tokenizer(**named)
    processor = t.InternVLProcessor(
        image_processor=t.GotOcr2ImageProcessor(size={"height": 32, "width": 32}),
        tokenizer=words,
        video_processor=t.InternVLVideoProcessor(),
        image_seq_length=4,
        chat_template=CHAT.replace("IMAGE", "<IMG_CONTEXT>\n"),
    )
    sides = {"image_size": [32, 32], "patch_size": [8, 8]}
    config = t.InternVLConfig(
        text_config=t.Qwen2Config(vocab_size=len(words), num_key_value_heads=2, **TEXT),
        vision_config={**VISION, **sides},
        image_token_id=words.convert_tokens_to_ids("<IMG_CONTEXT>"),
        downsample_ratio=0.5,
        tie_word_embeddings=False,
    )
    return processor, config


def smolvlm() -> tuple[Any, Any]:
    """As Idefics3, and a large picture is cut into tiles: each has its own number of tokens."""
    import transformers as t

    processor = t.SmolVLMProcessor(
        image_processor=t.SmolVLMImageProcessor(
            size={"longest_edge": 64}, max_image_size={"longest_edge": 32}, do_image_splitting=True
        ),
        tokenizer=tokenizer(),
        video_processor=t.SmolVLMVideoProcessor(),
        image_seq_len=4,
        chat_template=CHAT.replace("IMAGE", "<image>"),
    )
    words = processor.tokenizer
    config = t.SmolVLMConfig(
        text_config=t.LlamaConfig(vocab_size=len(words), **TEXT),
        vision_config=VISION,
        scale_factor=2,
        image_token_id=words.convert_tokens_to_ids("<image>"),
        pad_token_id=0,
    )
    return processor, config


def blip() -> tuple[Any, Any]:
    import transformers as t

    vocabulary = Path(mkdtemp(), "vocab.txt")
    listed = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "red", "picture", "of", "dog"]
    vocabulary.write_text("\n".join(listed), encoding="utf-8")
    words = t.BertTokenizerFast(str(vocabulary))
    processor = t.BlipProcessor(t.BlipImageProcessor(size={"height": 32, "width": 32}), words)
    text = TEXT | {"bos_token_id": 2, "eos_token_id": 3, "sep_token_id": 3, "projection_dim": 32}
    config = t.BlipConfig(
        text_config={
            **text,
            "vocab_size": len(words),
            "encoder_hidden_size": 32,
            "max_position_embeddings": 64,
        },
        vision_config=VISION,
    )
    return processor, config


MAKERS: dict[str, Callable[[], tuple[Any, Any]]] = {
    "idefics3": idefics3,
    "llava": llava,
    "qwen2_vl": qwen2_vl,
    "qwen2_5_vl": qwen2_5_vl,
    "qwen3_vl": qwen3_vl,
    "internvl": internvl,
    "smolvlm": smolvlm,
    "blip": blip,
}


@cache
def checkpoint(kind: str) -> Path:
    """Folder of a checkpoint of that kind; made once per process. Read it, never write it."""
    import torch
    from transformers import AutoModelForImageTextToText

    folder = Path(mkdtemp(prefix=f"tiny-{kind}-"))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        processor, config = MAKERS[kind]()
        AutoModelForImageTextToText.from_config(config).save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
