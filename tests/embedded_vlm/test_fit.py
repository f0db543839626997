from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from vsfa_data.embedded_vlm import fit


def test_the_command_line_reaches_what_it_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(fit, "train", lambda **given: seen.append(given))
    line = f"fit train {tmp_path} --gguf {tmp_path}/m.gguf --out p.safetensors --rank 4"
    monkeypatch.setattr(sys, "argv", line.split())
    fit.main()
    assert seen == [
        {
            "folder": tmp_path,
            "gguf": tmp_path / "m.gguf",
            "out": Path("p.safetensors"),
            "seconds": 1200.0,
            "rank": 4,
            "batch": 768,
            "keep": 16.0,
        }
    ]


def test_what_is_written_is_half_as_wide_and_says_the_same() -> None:
    given = {"names": torch.linspace(-1, 1, 9), "members": torch.tensor([True, False])}
    found = fit._halved(given)
    assert found["names"].dtype == torch.float16
    torch.testing.assert_close(found["names"].float(), given["names"], rtol=0, atol=1e-3)
    assert torch.equal(found["members"], given["members"])
