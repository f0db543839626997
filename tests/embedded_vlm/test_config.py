from __future__ import annotations

from pathlib import Path

from vsfa_data.embedded_vlm.config import EmbeddedConfig, TowerConfig
from vsfa_data.embedded_vlm.register import register


def test_what_was_set_is_read_again(tmp_path: Path) -> None:
    from transformers import AutoConfig

    register()
    tower = TowerConfig(architecture="test_efficientnet", hidden_size=7)
    given = {"likely": 0.2, "rival": 0.3, "sure": 0.6, "kind_sure": 0.7, "kinds": 9}
    EmbeddedConfig(vision_config=tower, **given).save_pretrained(tmp_path)
    found = AutoConfig.from_pretrained(tmp_path)
    assert type(found) is EmbeddedConfig
    assert {name: getattr(found, name) for name in given} == given
    assert (found.vision_config.architecture, found.vision_config.hidden_size) == (
        "test_efficientnet",
        7,
    )
