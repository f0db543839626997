from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
import torch
import transformers

from vsfa_data.errors import UserError
from vsfa_data.train import lora, presets

FAMILIES = {"embedded", "qwen2_5_vl", "qwen3_vl", "llava", "internvl", "smolvlm"}
# Module names as transformers 5 gives them.
INSIDE = {
    "qwen2_5_vl": "model.language_model.layers.3.self_attn.q_proj",
    "qwen3_vl": "model.language_model.layers.3.mlp.down_proj",
    "embedded": "model.language_model.layers.3.self_attn.k_proj",
    "llava": "model.language_model.layers.3.mlp.gate_proj",
    "internvl": "model.language_model.layers.3.self_attn.o_proj",
    "smolvlm": "model.text_model.layers.3.self_attn.v_proj",
}
OUTSIDE = (
    "lm_head",
    "model.visual.blocks.0.attn.qkv",
    "model.visual.blocks.0.mlp.gate_proj",
    "model.visual.merger.mlp.0",
    "model.vision_tower.vision_model.encoder.layers.0.self_attn.q_proj",
    "model.multi_modal_projector.linear_1",
    "model.vision_model.encoder.layers.0.self_attn.q_proj",
    "model.connector.modality_projection.proj",
)


def test_there_is_one_for_each_family_that_is_promised() -> None:
    assert set(presets.load_all()) == FAMILIES


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_it_means_the_language_model_and_nothing_else(name: str) -> None:
    target = presets.load_all()[name].lora_target
    assert re.fullmatch(target, INSIDE[name])
    assert [module for module in OUTSIDE if re.fullmatch(target, module)] == []


CLASSES = ("Qwen2_5_VL", "Qwen2VL", "Qwen3VL", "Llava", "InternVL", "SmolVLM", "Idefics3")


@pytest.mark.parametrize("name", CLASSES)
def test_models_of_full_size_have_their_layers_where_it_looks(name: str) -> None:
    config = getattr(transformers, f"{name}Config")()
    with torch.device("meta"):
        model = transformers.AutoModelForImageTextToText.from_config(config)
    _, preset = presets.choose(None, config)
    found = lora.matching(model, preset.lora_target)
    # Seven linear layers in each block of the language model.
    assert len(found) == 7 * config.get_text_config().num_hidden_layers
    assert all({"language_model", "text_model"} & set(layer.split(".")) for layer in found)


def test_a_model_s_type_chooses_it() -> None:
    assert presets.choose(None, SimpleNamespace(model_type="idefics3"))[0] == "smolvlm"
    assert presets.choose("llava", SimpleNamespace(model_type="idefics3"))[0] == "llava"


def test_an_unknown_family_is_told_what_to_do() -> None:
    with pytest.raises(UserError, match=r"type 'blip'.*--preset .*--lora-target REGEX"):
        presets.choose(None, SimpleNamespace(model_type="blip"))
    with pytest.raises(UserError, match=r"^no preset 'lava'. Choose one of: embedded, intern"):
        presets.choose("lava", SimpleNamespace(model_type="llava"))
