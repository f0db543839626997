"""What happens between steps: evaluations, metrics, marks on checkpoints, news for the watcher.

Import this module inside functions only: it imports transformers and torch.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from transformers import (  # noqa: TID253  # see above
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)
from transformers.trainer_callback import PrinterCallback  # noqa: TID253  # the same

from vsfa_data.errors import UserError
from vsfa_data.train.folder import RunFolder
from vsfa_data.train.loss import METRIC
from vsfa_data.train.outline import Outline
from vsfa_data.train.watcher import Watcher

_KEPT = ("loss", METRIC, "learning_rate", "grad_norm")


class Companion(TrainerCallback):
    """Goes along with one run. Its metrics hold no clock: the same run writes the same lines."""

    def __init__(self, folder: RunFolder, outline: Outline, watcher: Watcher) -> None:
        self._folder, self._outline, self._watcher = folder, outline, watcher

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Begin the metrics anew, with those of the checkpoint that is gone on from."""
        if state.is_world_process_zero:
            with self._folder.metrics.open("w", encoding="utf-8") as file:
                file.writelines(metric_lines(state.log_history))
            self._watcher.starting(self._outline, state.global_step)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Ask for an evaluation where one is due: every so often, and at the end."""
        step = state.global_step
        if step % self._outline.eval_every == 0 or step == self._outline.steps:
            control.should_evaluate = True
        if state.is_world_process_zero:
            self._watcher.step(step, self._outline.tokens_by_step[step - 1])

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Append to the metrics. Raises UserError if the loss is no number any more."""
        entry = state.log_history[-1]
        loss = entry.get("loss", entry.get(METRIC, 0.0))
        if not math.isfinite(loss) and not entry["step"]:
            raise UserError(
                f"the loss of the untouched model is {loss}: its weights are broken, or too large "
                f"for their number type. Download it again, or try --dtype float32"
            )
        if not math.isfinite(loss):
            raise UserError(
                f"the loss is {loss} at step {entry['step']}: training has diverged. Lower "
                f"--learning-rate (it was {args.learning_rate:g}) and add --restart"
            )
        if state.is_world_process_zero:
            with self._folder.metrics.open("a", encoding="utf-8") as file:
                file.writelines(metric_lines([entry]))
            self._watcher.logged(state.global_step, entry)

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Mark the checkpoint once every process has written its part."""
        from accelerate import PartialState

        PartialState().wait_for_everyone()
        if state.is_world_process_zero:
            self._folder.mark(state.global_step)
            self._watcher.saved(state.global_step)


def metrics(history: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Losses, rates and norms of a Trainer's log, by step; clocks and sums are left out."""
    kept = ({"step": one["step"]} | {k: one[k] for k in _KEPT if k in one} for one in history)
    return [one for one in kept if len(one) > 1]


def metric_lines(history: Iterable[dict[str, Any]]) -> list[str]:
    """`metrics` as lines of JSON."""
    return [json.dumps(one) + "\n" for one in metrics(history)]


def replace_printer(trainer: Trainer, companion: Companion) -> None:
    """Put `companion` in the place of the callback that prints every log."""
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(companion)
