"""The libraries that people use work against the local hub as they are, in fresh processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from tests.local_hub import GUEST, WRITE, python
from vsfa_data.hub_sim.server import Running

PUSH = """
from datasets import Dataset, Features, Image, Value
from PIL import Image as Pictures
rows = {"image": [Pictures.new("RGB", (8, 8), (n, 0, 0)) for n in range(6)], "n": list(range(6))}
dataset = Dataset.from_dict(rows, features=Features({"image": Image(), "n": Value("int64")}))
for config, rows in (("low", dataset.select(range(3))), ("high", dataset.select(range(3, 6)))):
    rows.push_to_hub("REPO", config, split="train", private=True)
"""
LOAD = """
import json
from datasets import get_dataset_config_names, load_dataset
found = {"configs": sorted(get_dataset_config_names("REPO", revision="v1"))}
whole = load_dataset("REPO", "high", revision="v1", split="train")
found["whole"] = [[row["n"], row["image"].getpixel((0, 0))[0]] for row in whole]
streamed = load_dataset("REPO", "low", revision="v1", split="train", streaming=True)
found["streamed"] = [row["n"] for row in streamed]
print(json.dumps(found))
"""
REFUSED = """
from datasets import load_dataset
from datasets.exceptions import DatasetNotFoundError
try:
    load_dataset("REPO", "low")
except DatasetNotFoundError as error:
    print(error)
"""
MODEL = """
import json, os
for name in ("USE_TORCH", "USE_TF", "USE_JAX"):
    del os.environ[name]
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM
from transformers import PreTrainedTokenizerFast
words = Tokenizer(models.WordLevel({"[UNK]": 0, "a": 1, "b": 2}, unk_token="[UNK]"))
words.pre_tokenizer = pre_tokenizers.Whitespace()
PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]").push_to_hub("REPO")
sizes = dict(vocab_size=3, hidden_size=8, intermediate_size=8, num_hidden_layers=1)
torch.manual_seed(0)
model = LlamaForCausalLM(LlamaConfig(**sizes, num_attention_heads=2, num_key_value_heads=2))
model.push_to_hub("REPO", private=True)
tokenizer = AutoTokenizer.from_pretrained("REPO")
again = AutoModelForCausalLM.from_pretrained("REPO")
ids = torch.tensor([tokenizer("a b a").input_ids])
same = torch.equal(model(ids).logits, again(ids).logits)
tuned = get_peft_model(model, LoraConfig(target_modules=["q_proj"], init_lora_weights=False))
tuned.push_to_hub("REPO-lora")
adapted = PeftModel.from_pretrained(again, "REPO-lora")
print(json.dumps([ids.tolist(), same, torch.equal(tuned(ids).logits, adapted(ids).logits)]))
"""


def run(script: str, hub: Running, home: Path, repo_id: str, token: str | None = WRITE) -> str:
    done = python(script.replace("REPO", repo_id), hub, home, token)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip().rpartition("\n")[2]


def test_datasets(hub: Running, api: HfApi, new_id: str, tmp_path: Path) -> None:
    run(PUSH, hub, tmp_path / "a", new_id)
    api.create_tag(new_id, repo_type="dataset", tag="v1")
    found = json.loads(run(LOAD, hub, tmp_path / "b", new_id))
    assert found["configs"] == ["high", "low"]
    assert found["whole"] == [[3, 3], [4, 4], [5, 5]]
    assert found["streamed"] == [0, 1, 2]
    assert any(call.endpoint == "resolve" for call in hub.faults.calls)


@pytest.mark.parametrize("token", [None, GUEST])
def test_datasets_without_access(
    hub: Running, api: HfApi, repo_id: str, tmp_path: Path, token: str | None
) -> None:
    api.update_repo_settings(repo_id, repo_type="dataset", gated="manual")
    assert "gated" in run(REFUSED, hub, tmp_path, repo_id, token)


def test_transformers_and_peft(hub: Running, new_id: str, tmp_path: Path) -> None:
    pytest.importorskip("peft")
    pytest.importorskip("transformers")
    assert json.loads(run(MODEL, hub, tmp_path, new_id)) == [[[1, 2, 1]], True, True]
