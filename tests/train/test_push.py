"""From a tag on a Hub of this machine to an adapter there, and on to who only has peft."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
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

README = Path(__file__).parents[2] / "README.md"
USE = """
import sys
content = [{"type": "text", "text": "What is it?"}]
given = processor.apply_chat_template([{"role": "user", "content": content}], tokenize=True,
    add_generation_prompt=True, return_dict=True, return_tensors="pt")
made = model.generate(**given, max_new_tokens=4, min_new_tokens=4)
print(made.shape[1] - given["input_ids"].shape[1])
assert any(part.any() for name, part in model.named_parameters() if "lora_B" in name)
assert not [name for name in sys.modules if name.startswith("vsfa_data")]
"""


def readme_block(language: str) -> str:
    """The one block of that language in README's section on training."""
    text = README.read_text(encoding="utf-8").partition("## Train\n")[2].partition("\n## ")[0]
    (block,) = re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)
    return str(block)


@pytest.fixture
def token(hub: Running, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HF_TOKEN", WRITE)
    return hub.url


def test_readme_from_a_tag_to_a_pushed_adapter_that_others_use(
    token: str,
    hub: Running,
    api: HfApi,
    pristine: Path,
    checkpoints: dict[str, Path],
    tmp_path: Path,
) -> None:
    command = shlex.split(readme_block("sh").replace("\\\n", " "))
    dataset, version = command[2].split("@")
    said = dict(zip(command[3::2], command[4::2], strict=True))
    base, adapter = said["--model"], said["--push"]
    release = Path(shutil.copytree(pristine, tmp_path / "release"))
    api.create_repo(base)
    api.upload_folder(repo_id=base, folder_path=checkpoints["smolvlm"])
    push_release(release, Target(dataset, hub.url, WRITE, quiet=True), Wishes())
    api.create_tag(dataset, tag=version, repo_type="dataset", exist_ok=True)
    env = os.environ | {
        "HF_ENDPOINT": hub.url,
        "HF_TOKEN": WRITE,
        "HF_HUB_DISABLE_XET": "1",
        "HF_HOME": str(tmp_path / "home"),
    }
    words = [sys.executable, "-m", "vsfa_data", *command[1:]]
    done = subprocess.run([*words, "--json"], capture_output=True, text=True, env=env, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["repo_id"], told["unchanged"]) == (adapter, False)
    assert told["run"]["dataset"]["id"] == dataset
    assert told["run"]["model"]["name"] == base
    fresh = env | {"HF_HOME": str(tmp_path / "other")}
    script = [sys.executable, "-c", readme_block("python") + USE]
    used = subprocess.run(script, capture_output=True, text=True, env=fresh, cwd=tmp_path)
    assert (used.returncode, used.stdout) == (0, "4\n"), used.stderr
    made = tmp_path / said["--out"] / "adapter"
    again = push.push(made, adapter, hub.url)
    assert (again.unchanged, again.commit) == (True, told["commit"])
    (made / "run.json").write_text("{}")
    with pytest.raises(UserError, match="holds another adapter, and it stays"):
        push.push(made, adapter, hub.url)


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
