from __future__ import annotations

from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

from vsfa_data.embedded_vlm.names import MODEL_TYPE, TOWER_TYPE


def test_no_model_of_transformers_is_called_so() -> None:
    assert not {MODEL_TYPE, TOWER_TYPE} & set(CONFIG_MAPPING_NAMES)
