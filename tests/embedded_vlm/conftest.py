"""The embedded model in two sizes: a tiny one with random weights, and the real one."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.vlm import tokenizer
from vsfa_data.embedded_vlm import fit_data, installed, parts, projector_file
from vsfa_data.embedded_vlm.concepts import concepts
from vsfa_data.embedded_vlm.fit_data import Data
from vsfa_data.embedded_vlm.lessons import Teacher
from vsfa_data.embedded_vlm.register import register

TEXT = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "vocab_size": 700,
    "max_position_embeddings": 512,
}


def save_tiny(folder: Path) -> Path:
    """An embedded model of tiny parts, all of them random, with its processor."""
    from transformers import AutoModelForImageTextToText, CLIPImageProcessor, LlavaProcessor

    from vsfa_data.embedded_vlm.config import EmbeddedConfig, TowerConfig

    register()
    torch.manual_seed(0)
    words = tokenizer(
        ("<unk>", "<|im_start|>", "<|im_end|>", "<image>"), eos="<|im_end|>", pad="<unk>"
    )
    config = EmbeddedConfig(
        text_config={"model_type": "llama", **TEXT},
        vision_config=TowerConfig(architecture="test_efficientnet", hidden_size=12, image_size=32),
        image_token_index=words.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-1,
        vision_feature_select_strategy="full",
        kinds=2,
    )
    model: Any = AutoModelForImageTextToText.from_config(config)
    for table in model.model.multi_modal_projector.parameters():
        torch.nn.init.normal_(table)
    # Different pictures shall have different scores, though nothing was learned.
    for module in model.model.vision_tower.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight)
    torch.nn.init.normal_(model.model.vision_tower.network.get_classifier().weight, std=10.0)
    images = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    template = Path(parts.__file__).with_name("chat_template.jinja").read_text(encoding="utf-8")
    processor = LlavaProcessor(
        image_processor=images,
        tokenizer=words,
        patch_size=32,
        num_additional_image_tokens=2 * 6 + 2 + 1 + 5 - 1,
        vision_feature_select_strategy="full",
        chat_template=template,
    )
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_embedded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny(tmp_path_factory.mktemp("embedded") / "tiny")


@pytest.fixture(scope="session")
def real_embedded() -> Path:
    """The real model, installed as users install it. Read it, never write it."""
    assert projector_file.FILE.is_file()
    parts.models_folder().mkdir(parents=True, exist_ok=True)
    with (parts.models_folder() / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several workers may want it at once
        return installed.install()


@pytest.fixture(scope="session")
def data() -> Data:
    words = tokenizer(("<unk>", "<|im_start|>", "<|im_end|>"), eos="<|im_end|>", pad="<unk>")
    teacher = Teacher(concepts())
    return fit_data.encode([teacher.lesson("name", first=at % 4) for at in range(64)], words)
