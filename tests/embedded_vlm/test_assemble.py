from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vsfa_data.embedded_vlm import register

pytestmark = pytest.mark.slow


def test_the_tokenizer_is_the_language_model_s_own(real_embedded: Path) -> None:
    from transformers import AutoProcessor

    register.known(real_embedded)
    load: Any = AutoProcessor.from_pretrained
    words = load(real_embedded).tokenizer
    assert words.tokenize("In 2024, two dogs") == [
        "In",
        "Ġ",
        "2",
        "0",
        "2",
        "4",
        ",",
        "Ġtwo",
        "Ġdogs",
    ]
    assert words.convert_tokens_to_ids(["<|im_start|>", "<|im_end|>", "<image>"]) == [1, 2, 16]
    assert words.decode(words.encode("a b,  c\n d's")) == "a b,  c\n d's"


def test_no_file_names_this_machine_or_a_library_s_version(real_embedded: Path) -> None:
    for path in real_embedded.glob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert str(real_embedded.parent) not in text, path.name
        assert "transformers_version" not in text, path.name
    config = json.loads((real_embedded / "config.json").read_text())
    assert config["text_config"]["tie_word_embeddings"] is True
    assert "quantization_config" not in config["text_config"]


def test_the_card_is_there(real_embedded: Path) -> None:
    from huggingface_hub import ModelCard

    assert ModelCard.load(real_embedded / "README.md").data.license == "apache-2.0"
