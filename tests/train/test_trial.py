from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.train.watching import Remembering
from vsfa_data.train import lora, loss, setup, task, trial
from vsfa_data.train.lesson import learned_from
from vsfa_data.train.outline import outline
from vsfa_data.train.settings import Settings


def test_a_model_that_cannot_be_repeated_is_tried_all_the_same(
    make_settings: Callable[..., Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = task.task(make_settings())
    train, validation = learned_from(of, {}, tmp_path, Remembering(), None).splits
    model = task.model_with_lora(of)
    plan = outline(of.settings, train, validation, lora.trainable(model), 1)
    refusals: list[bool] = []

    def refusing(*given: Any, **more: Any) -> Any:
        if not torch.is_deterministic_algorithms_warn_only_enabled():
            refusals.append(True)
            raise RuntimeError("scatter_add does not have a deterministic implementation")
        return loss.token_losses(*given, **more)

    monkeypatch.setattr(trial, "token_losses", refusing)
    setup.repeatable(on=True)
    tried = trial.Trial(of, model, train)
    tried._kernels = setup.strictly  # as on a GPU
    found, time = tried.run(plan, validation)
    assert refusals == [True]
    assert (found > 1, time.seconds > 0) == (True, True)
    assert all(weight.grad is None for weight in model.parameters())
