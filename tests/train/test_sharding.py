from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.train import launching, tiny
from vsfa_data.train import lora, presets, sharding
from vsfa_data.train.folder import WEIGHTS
from vsfa_data.train.run import train
from vsfa_data.train.settings import Settings


@pytest.mark.parametrize("name", ["llava", "qwen2_5_vl"])
def test_every_layer_that_accelerate_would_look_for_is_there(name: str) -> None:
    model, _ = tiny.MODELS[name]()
    _, preset = presets.choose(None, model.config)
    adapted = lora.attach(model, preset.lora_target, rank=2, alpha=2, dropout=0.0)
    named = sharding.name_layers(adapted)
    assert set(named) <= {type(module).__name__ for module in adapted.modules()}
    # The layers that hold the adapter are among them.
    assert {layer for layer in named if layer.endswith("DecoderLayer")}
    assert sorted(adapted._no_split_modules) == named


SHARDED = """
import os
import sys
import torch
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from tests.train.test_sharding import adapted
from vsfa_data.train.sharding import gathered_adapter

folder, child = sys.argv[1], os.fork()  # two processes, which have imported torch once
rank = 0 if child else 1
at = f"file://{folder}/store"
torch.distributed.init_process_group("gloo", init_method=at, rank=rank, world_size=2)
model = adapted()
mesh = torch.distributed.init_device_mesh("cpu", (2,))
for layer in model.get_base_model().model.language_model.layers:
    fully_shard(layer, mesh=mesh)
fully_shard(model, mesh=mesh)
with torch.no_grad():
    model.eval()(input_ids=torch.arange(8)[None])  # leaves weights of the root unsharded
weights = gathered_adapter(model)
assert all(isinstance(weight, DTensor) for weight in model.parameters())
assert weights and all("lora_" in name for name in weights)
if rank == 0:
    model.save_pretrained(folder, state_dict=weights, save_embedding_layers=False)
torch.distributed.barrier()
torch.distributed.destroy_process_group()
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def adapted() -> Any:
    """A small model with an adapter, the same each time."""
    torch.manual_seed(0)
    model, _ = tiny.MODELS["llava"]()
    _, preset = presets.choose(None, model.config)
    found = lora.attach(model, preset.lora_target, rank=2, alpha=2, dropout=0.0)
    for name, weight in found.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight)
    return found


def test_a_sharded_model_gives_its_adapter_and_keeps_its_base(tmp_path: Path) -> None:
    whole = adapted()
    whole.save_pretrained(tmp_path / "whole", save_embedding_layers=False)
    line = [sys.executable, "-c", SHARDED, str(tmp_path)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    one, two = (
        load_file(folder / "adapter_model.safetensors") for folder in (tmp_path / "whole", tmp_path)
    )
    assert one.keys() == two.keys()
    assert all(torch.equal(weight, two[name]) for name, weight in one.items())


@pytest.mark.slow
def test_a_whole_run_under_fsdp_goes_on_after_a_kill_and_computes_what_one_process_does(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings(max_steps=4, save_every=2, accumulate=2)
    alone = train(settings, tmp_path / "alone")
    both = tmp_path / "both"
    words = [
        *("-m", "tests.train.fsdp_on_cpus", settings.dataset, "--model", settings.model),
        *("--max-steps", "4", "--save-every", "2", "--batch-size", "2", "--accumulate", "1"),
        *("--learning-rate", "5e-3", "--max-image-px", "64", "--device", "cpu"),
        *("--out", str(both)),
    ]
    line = [*launching.fsdp(tmp_path), *words]
    killed = subprocess.run(line, env=os.environ | {"KILL_AFTER": "2"}, capture_output=True)
    assert killed.returncode != 0
    assert not (both / "adapter").exists()
    held = both / "work" / "checkpoints" / "checkpoint-2"
    assert (held / "whole").exists()
    assert list(held.glob("pytorch_model_fsdp*"))
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "going on after step 2 of 4" in done.stderr
    record = json.loads((both / "adapter" / "run.json").read_text())
    assert record["hyperparameters"]["processes"] == 2
    assert record["tokens"] == alone.record["tokens"]
    for split, ends in alone.record["losses"].items():
        assert record["losses"][split] == pytest.approx(ends, abs=1e-4)
    one, two = (load_file(f / WEIGHTS) for f in (alone.path, both / "adapter"))
    assert one.keys() == two.keys()
    for name, weight in one.items():
        torch.testing.assert_close(two[name], weight, rtol=0, atol=1e-4)
