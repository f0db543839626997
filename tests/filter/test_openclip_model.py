"""Loading open_clip models."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import numpy as np
import pytest

from tests.filter import models
from vsfa_data.errors import SetupError, UserError
from vsfa_data.filter import openclip_files, openclip_model


def loaded(folder: Path) -> openclip_model.Loaded:
    checkpoint = openclip_files.find(f"local-dir:{folder}", None, None)
    return openclip_model.load(checkpoint, "fp32", "cpu", "a test")


def test_loading_is_silent_and_never_random(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = models.open_clip_folder(tmp_path / "clip")
    with caplog.at_level(logging.WARNING):
        first, second = loaded(folder), loaded(folder)
    assert not caplog.records
    assert capfd.readouterr().err == ""
    pixels = first.model.visual.proj, second.model.visual.proj
    assert (pixels[0] == pixels[1]).all()
    assert not first.model.training


def test_a_tokenizer_of_the_folders_own(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, pre_tokenizers
    from tokenizers import models as token_models
    from transformers import PreTrainedTokenizerFast

    config = json.loads(json.dumps(models.SIGLIP))
    config["text_cfg"] |= {
        "hf_tokenizer_name": "nobody/nothing",
        "context_length": 8,
        "vocab_size": 6,
    }
    folder = models.open_clip_folder(tmp_path / "own", config)
    words = {"<pad>": 0, "<unk>": 1, "a": 2, "red": 3, "cat": 4, "</s>": 5}
    plain = Tokenizer(token_models.WordLevel(words, "<unk>"))
    plain.pre_tokenizer = pre_tokenizers.Whitespace()
    special = {"pad_token": "<pad>", "unk_token": "<unk>"}
    PreTrainedTokenizerFast(tokenizer_object=plain, **special).save_pretrained(folder)
    model = loaded(folder)
    (tokens,) = model.tokens(["a red  cat"])
    assert tokens.tolist() == [2, 3, 4, 0, 0, 0, 0, 0]
    assert tokens.dtype == np.int64
    with pytest.raises(UserError, match=r"^a test reads 8 tokens, but 'a a a a a a a a a' has 9"):
        model.tokens(["a", " ".join("a" * 9)])


def test_a_tokenizer_that_is_broken_or_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = json.loads(json.dumps(models.CLIP))
    config["text_cfg"] |= {"hf_tokenizer_name": "nobody/nothing"}
    folder = models.open_clip_folder(tmp_path / "own", config)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(SetupError, match=r"^the tokenizer nobody/nothing: .* is not in the local"):
        loaded(folder).tokens(["a"])
    (folder / "tokenizer.json").write_text("{")
    with pytest.raises(SetupError, match=r"^a test: its tokenizer cannot be loaded"):
        loaded(folder).tokens(["a"])
