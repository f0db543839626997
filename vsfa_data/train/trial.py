"""A few batches computed as a run computes them, without a trainer."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from vsfa_data.train import setup, timing
from vsfa_data.train.loss import spares_logits, token_losses
from vsfa_data.train.outline import Outline
from vsfa_data.train.plan import Batch
from vsfa_data.train.split import Split
from vsfa_data.train.task import Task


class Trial:
    """A model with LoRA weights, on its device, and the conversations that it would learn from."""

    def __init__(self, of: Task, model: Any, train: Split) -> None:
        self._of, self._train = of, train
        self._model = model.to(of.resolved.device)
        alone = of.resolved.device == "cuda" and of.resolved.processes == 1
        self._kernels: Callable[[], Any] = setup.strictly if alone else contextlib.nullcontext

    def run(self, plan: Outline, validation: Split) -> tuple[float, timing.Estimate]:
        """Loss of the untouched model on the longest batch of a plan, and the time of a run."""
        lengths, each = self._train.lengths, self._of.settings.accumulate
        usual, longest = timing.usual_and_longest(plan.batches, lengths)
        loss = self._first(longest)
        tried = (self._tried(usual), self._tried(longest))
        sizes = (
            [timing.size(batch, lengths) for batch in plan.batches],
            [timing.size(batch, validation.lengths) for batch in plan.validation],
        )
        return loss, timing.estimate(plan, sizes, tried, each)

    def _first(self, batch: Batch) -> float:
        """Slower than all that follow, so it is not timed; says which kernels a run can use."""
        given = self._read(batch)
        try:
            return self._loss(given, learn=True)
        except RuntimeError as error:
            if not setup.is_unrepeatable(error):
                raise
        self._kernels = contextlib.nullcontext
        self._model.zero_grad()
        return self._loss(given, learn=True)

    def _tried(self, batch: Batch) -> timing.Tried:
        read = self._read(batch)

        def again(*, learn: bool) -> float:
            # Workers, if there are some, read batches while others are computed.
            given = read if self._of.resolved.workers else self._read(batch)
            return self._loss(given, learn=learn)

        return timing.Tried(
            timing.size(batch, self._train.lengths),
            timing.median_seconds(lambda: again(learn=True)),
            timing.median_seconds(lambda: again(learn=False)),
        )

    def _read(self, batch: Batch) -> dict[str, Any]:
        return self._of.collator([self._train.rows[at] for at in batch])

    def _loss(self, batch: Mapping[str, Any], *, learn: bool) -> float:
        """Mean loss; to `learn`, the gradients are made, too."""
        import torch

        device = self._of.resolved.device
        autocast: Any = contextlib.nullcontext()
        if self._of.resolved.dtype == "bfloat16":
            autocast = torch.autocast(device, torch.bfloat16)
        given = {name: value.to(device) for name, value in batch.items()}
        self._model.train(learn)
        with self._kernels(), torch.set_grad_enabled(learn):
            with autocast:
                sparing = spares_logits(self._model)
                total, tokens = token_losses(self._model, given, sparing=sparing)
            if learn:
                (total / tokens).backward()
                self._model.zero_grad()
        return float(total.detach() / tokens)  # on a GPU, this waits for it
