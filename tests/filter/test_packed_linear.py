"""A vision tower whose MLPs oneDNN computes."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.filter import models
from vsfa_data.filter import packed_linear

pytestmark = pytest.mark.skipif(
    not packed_linear._is_possible(torch), reason="this torch has no oneDNN for this processor"
)


def numbers(tower: Any) -> int:
    return sum(parameter.numel() for parameter in tower.parameters())


def packed(tower: Any, mlps: int) -> None:
    plain = copy.deepcopy(tower.eval())
    pixels = torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    assert packed_linear.pack(copy.deepcopy(tower).bfloat16()) == 0
    assert packed_linear.pack(tower) == 2 * mlps
    assert numbers(tower) < numbers(plain)  # weights are kept once
    with torch.inference_mode():
        found, expected = (
            getattr(one, "pooler_output", one) for one in (tower(pixels), plain(pixels))
        )
    assert expected.abs().max() > 0.01
    np.testing.assert_allclose(found.numpy(), expected.numpy(), atol=1e-6)


def test_open_clip_s_own_transformer(tmp_path: Path) -> None:
    import open_clip

    folder = models.open_clip_folder(tmp_path / "clip")
    model = open_clip.create_model_from_pretrained(f"local-dir:{folder}", return_transform=False)
    reached_past = model.visual.transformer.resblocks[0].attn.out_proj.weight
    packed(model.visual, mlps=2)
    assert model.visual.transformer.resblocks[0].attn.out_proj.weight is reached_past


def test_siglip_of_transformers(tmp_path: Path) -> None:
    import transformers

    auto: Any = transformers.AutoModel
    model = auto.from_pretrained(models.transformers_folder(tmp_path / "siglip", "siglip"))
    packed(model.vision_model, mlps=3)  # of two layers, and of the head
