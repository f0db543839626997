from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.train import tiny
from vsfa_data.train import lora, presets, sharding


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
import sys
import torch
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from tests.train.test_sharding import adapted
from vsfa_data.train.sharding import gathered_adapter

rank, folder = int(sys.argv[1]), sys.argv[2]
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
    line = [sys.executable, "-c", SHARDED]
    running = [
        subprocess.Popen([*line, str(rank), str(tmp_path)], stderr=subprocess.PIPE, text=True)
        for rank in range(2)
    ]
    for process in running:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
    one, two = (
        load_file(folder / "adapter_model.safetensors") for folder in (tmp_path / "whole", tmp_path)
    )
    assert one.keys() == two.keys()
    assert all(torch.equal(weight, two[name]) for name, weight in one.items())
