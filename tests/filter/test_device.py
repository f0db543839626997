"""Cores and devices that torch computes with."""

from __future__ import annotations

import pytest
import torch

from vsfa_data.errors import SetupError
from vsfa_data.filter.device import all_cores, device_for
from vsfa_data.processes.pool import cores


def test_all_cores_for_a_while() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with all_cores():
        assert torch.get_num_threads() == cores()
    assert torch.get_num_threads() == 1
    torch.set_num_threads(before)


def test_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert [device_for(x, "a test") for x in ("cpu", "auto", "cuda")] == ["cpu", "cuda", "cuda"]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert [device_for(x, "a test") for x in ("cpu", "auto")] == ["cpu", "cpu"]
    with pytest.raises(SetupError, match=r"^a test: torch sees no CUDA GPU"):
        device_for("cuda", "a test")
