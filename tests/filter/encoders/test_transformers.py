"""Models of transformers, against its own results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from tests.embedded.sample import picture
from tests.filter import models
from vsfa_data.errors import SetupError, UserError
from vsfa_data.filter.encoders.transformers import TransformersEncoder, TransformersOptions

PICTURES = ("animals-duck.jpg", "blades-sword.png", "pets-kitten.jpg", "firearms-m16-rifle.png")
TEXTS = ["a photo of a rifle", "a duck on the pond", "red house"]
KINDS = ("clip", "siglip", "siglip2")


@pytest.fixture(scope="module", params=KINDS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.transformers_folder(tmp_path_factory.mktemp("models") / "model", request.param)


def encoder(folder: Path, **options: Any) -> TransformersEncoder:
    chosen = {"device": "cpu", "model": f"local-dir:{folder}", **options}
    return TransformersEncoder(TransformersOptions(**chosen))


def opened(folder: Path, **options: Any) -> TransformersEncoder:
    made = encoder(folder, **options)
    made.open()
    return made


def copied(folder: Path, to: Path) -> Path:
    to.mkdir()
    for file in folder.iterdir():
        (to / file.name).write_bytes(file.read_bytes())
    return to


def test_vectors_are_those_of_transformers(folder: Path) -> None:
    model = transformers.AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    images = transformers.AutoImageProcessor.from_pretrained(folder, backend="pil")
    processor = transformers.AutoProcessor.from_pretrained(folder)
    with torch.inference_mode():
        seen = images(images=[picture(name) for name in PICTURES], return_tensors="pt")
        expected = model.get_image_features(**seen).pooler_output
        read = processor(text=TEXTS, padding="max_length", max_length=12, return_tensors="pt")
        wanted = {k: v for k, v in read.items() if k in {"input_ids", "attention_mask"}}
        words = model.get_text_features(**wanted).pooler_output
    ours = opened(folder)
    unit = torch.nn.functional.normalize
    found = ours.encode_images([picture(name) for name in PICTURES])
    np.testing.assert_allclose(found, unit(expected, dim=-1).numpy(), atol=1e-5)
    np.testing.assert_allclose(ours.encode_texts(TEXTS), unit(words, dim=-1).numpy(), atol=1e-5)
    kind = json.loads((folder / "config.json").read_text())["model_type"]
    assert ours.logit_bias == (0.0 if kind == "clip" else -10.0)
    assert ours.logit_scale == pytest.approx(float(model.logit_scale.detach().exp()))


def test_half_precision_stays_near(folder: Path) -> None:
    images = [picture(name) for name in PICTURES]
    full, half = opened(folder), opened(folder, precision="bf16")
    np.testing.assert_allclose(half.encode_images(images), full.encode_images(images), atol=2e-2)
    np.testing.assert_allclose(half.encode_texts(TEXTS), full.encode_texts(TEXTS), atol=2e-2)


def test_company_in_a_batch_changes_nothing(folder: Path) -> None:
    ours = opened(folder, batch_size=3)
    images = [picture(name) for name in PICTURES]
    assert np.array_equal(ours.encode_images(images)[3:], ours.encode_images(images[3:]))


def test_identity_follows_every_file_that_counts(folder: Path, tmp_path: Path) -> None:
    same = copied(folder, tmp_path / "same")
    (same / "README.md").write_text("no matter")
    assert encoder(same).identity == encoder(folder).identity
    assert str(tmp_path) not in encoder(same).identity
    with (same / "tokenizer_config.json").open("a") as file:
        file.write(" ")
    assert encoder(same).identity != encoder(folder).identity


def test_a_text_that_would_be_cut_is_named(folder: Path) -> None:
    with pytest.raises(UserError, match=r"reads 12 tokens, but 'a a a .*' has (21|41): shorten"):
        opened(folder).encode_texts(["a " * 20])


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.transformers_folder(tmp_path_factory.mktemp("models") / "clip", "clip")


def test_weights_that_are_missing_are_never_made_up(clip: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = copied(clip, tmp_path / "lacking")
    weights = load_file(folder / "model.safetensors")
    del weights["visual_projection.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(SetupError, match=r"lacks weights .*visual_projection.weight, 1 in all"):
        opened(folder)


def test_corrupt_weights(clip: Path, tmp_path: Path) -> None:
    folder = copied(clip, tmp_path / "corrupt")
    (folder / "model.safetensors").write_bytes(b"x" * 100)
    with pytest.raises(SetupError, match="cannot be loaded") as caught:
        opened(folder)
    assert "\n" not in str(caught.value)


def test_a_model_without_features(tmp_path: Path) -> None:
    from transformers import BertConfig, BertModel

    small = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    folder = tmp_path / "bert"
    BertModel(BertConfig(vocab_size=9, intermediate_size=8, **small)).save_pretrained(folder)
    models.words_tokenizer("a b").save_pretrained(folder)
    with pytest.raises(SetupError):
        opened(folder)


def test_code_of_the_checkpoints_own_is_never_run(clip: Path, tmp_path: Path) -> None:
    folder = copied(clip, tmp_path / "own_code")
    mark = tmp_path / "ran"
    (folder / "modeling_own.py").write_text(f"open({str(mark)!r}, 'w')\n")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoModel": "modeling_own.Own"}}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(SetupError, match="cannot be loaded"):
        opened(folder)
    assert not mark.exists()
