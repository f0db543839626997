"""Loading models of transformers."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from tests.embedded.sample import picture
from tests.filter import models
from vsfa_data.filter import transformers_files, transformers_loading


@pytest.mark.parametrize("kind", ["clip", "siglip2"])
def test_loading_is_silent_and_pictures_become_one_array(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], kind: str
) -> None:
    folder = models.transformers_folder(tmp_path / kind, kind)
    checkpoint = transformers_files.find(f"local-dir:{folder}", None)
    caplog.clear()
    capfd.readouterr()
    with caplog.at_level(logging.WARNING):
        loaded = transformers_loading.load(checkpoint, "fp32", "cpu", "a test")
    assert not caplog.records
    assert "Loading weights" not in capfd.readouterr().err
    found = loaded.prepare(picture("pets-kitten.jpg"))
    assert found.dtype == {"clip": np.uint8, "siglip2": np.float32}[kind]
    assert found.shape == loaded.blank().shape == {"clip": (64, 64, 3), "siglip2": (25, 768)}[kind]
    if kind == "siglip2":
        down, across = found[-1, :2]
        assert 0 < down * across <= 24
        assert not found[int(down * across) : 24].any()
