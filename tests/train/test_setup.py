from __future__ import annotations

import pytest
import torch

from vsfa_data.errors import SetupError
from vsfa_data.train import setup


def test_a_gpu_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert setup.device("auto") == setup.device("cpu") == "cpu"
    with pytest.raises(SetupError, match=r"PyTorch finds no GPU here. Run it with --device cpu"):
        setup.device("cuda")


def test_a_gpu_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert (setup.device("auto"), setup.device("cpu")) == ("cuda", "cpu")


def test_repeatable_algorithms_are_switched_on_and_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")
    setup.repeatable(on=True)
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.is_deterministic_algorithms_warn_only_enabled()
    setup.repeatable(on=False)
    assert not torch.are_deterministic_algorithms_enabled()


def test_strictly_refuses_what_is_otherwise_only_warned_of() -> None:
    def put() -> None:
        torch.zeros(2).put_(torch.tensor([0]), torch.tensor([1.0]))

    with setup.strictly():  # nothing repeatable was asked for
        put()
    setup.repeatable(on=True)
    try:
        with pytest.warns(UserWarning, match="put_"):
            put()
        with pytest.raises(RuntimeError) as refused, setup.strictly():
            put()
        assert setup.is_unrepeatable(refused.value)
        assert torch.is_deterministic_algorithms_warn_only_enabled()
    finally:
        setup.repeatable(on=False)
    assert not setup.is_unrepeatable(RuntimeError("CUDA out of memory"))
