"""From a tag on a Hub of this machine to an adapter there, and on to who only has peft."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from tests.local_hub import WRITE
from vsfa_data.errors import UserError
from vsfa_data.hub_sim.server import Running
from vsfa_data.release.hub.push import Target, Wishes
from vsfa_data.release.hub.push import push as push_release
from vsfa_data.train import push

ADAPTER = """
import sys
import torch
from peft import PeftModel
from transformers import AutoModelForImageTextToText, AutoProcessor

base, adapter, commit = sys.argv[1:]
processor = AutoProcessor.from_pretrained(adapter, revision=commit)
model = AutoModelForImageTextToText.from_pretrained(base, dtype=torch.float32)
model = PeftModel.from_pretrained(model, adapter, revision=commit).eval()
content = [{"type": "text", "text": "What is it?"}]
given = processor.apply_chat_template([{"role": "user", "content": content}], tokenize=True,
    add_generation_prompt=True, return_dict=True, return_tensors="pt")
made = model.generate(**given, max_new_tokens=4, min_new_tokens=4)
print(made.shape[1] - given["input_ids"].shape[1])
assert not [name for name in sys.modules if name.startswith("vsfa_data")]
"""


@pytest.fixture
def token(hub: Running, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HF_TOKEN", WRITE)
    return hub.url


def test_from_a_tag_to_a_pushed_adapter_that_others_use(
    token: str,
    hub: Running,
    new_id: str,
    pristine: Path,
    checkpoints: dict[str, Path],
    tmp_path: Path,
) -> None:
    push_release(pristine, Target(new_id, hub.url, WRITE, quiet=True), Wishes())
    env = os.environ | {
        "HF_ENDPOINT": hub.url,
        "HF_TOKEN": WRITE,
        "HF_HUB_DISABLE_XET": "1",
        "HF_HOME": str(tmp_path / "home"),
    }
    adapter = f"{new_id}-adapter"
    line = [
        f"{new_id}@v1.2.3",
        "--model",
        str(checkpoints["llava"]),
        "--out",
        str(tmp_path / "out"),
    ]
    small = ["--max-steps", "2", "--batch-size", "2", "--max-image-px", "64", "--json"]
    command = [sys.executable, "-m", "vsfa_data", "train", *line, *small, "--push", adapter]
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["repo_id"], said["unchanged"]) == (adapter, False)
    assert said["run"]["dataset"]["id"] == new_id
    fresh = [sys.executable, "-c", ADAPTER, str(checkpoints["llava"]), adapter, said["commit"]]
    used = subprocess.run(
        fresh, capture_output=True, text=True, env=env | {"HF_HOME": str(tmp_path / "other")}
    )
    assert (used.returncode, used.stdout) == (0, "4\n"), used.stderr
    again = push.push(tmp_path / "out" / "adapter", adapter, hub.url)
    assert (again.unchanged, again.commit) == (True, said["commit"])
    (tmp_path / "out" / "adapter" / "run.json").write_text("{}")
    with pytest.raises(UserError, match="holds another adapter, and it stays"):
        push.push(tmp_path / "out" / "adapter", adapter, hub.url)


def test_other_people_s_files_stay(
    token: str,
    hub: Running,
    api: HfApi,
    new_id: str,
    tmp_path: Path,
) -> None:
    api.create_repo(new_id)
    api.upload_file(path_or_fileobj=b"{}", path_in_repo="config.json", repo_id=new_id)
    before = api.model_info(new_id).sha
    with pytest.raises(UserError, match="holds files that are no adapter of this toolkit"):
        push.push(tmp_path, new_id, hub.url)
    assert api.model_info(new_id).sha == before


def test_mistakes_are_told_before_anything_is_trained(
    hub: Running,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(UserError, match="no token: pushing needs one"):
        push.check("team/adapter")
    monkeypatch.setenv("HF_TOKEN", WRITE)
    with pytest.raises(UserError, match="OWNER/NAME"):
        push.check("adapter")
