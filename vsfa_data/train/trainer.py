"""The training loop: transformers' Trainer over planned batches, less what only costs time.

TRL's SFTTrainer was measured beside it (docs/benchmarks.md): on a CPU its step takes 3 times as
long as a bare loop's over the same batches. It makes log-probabilities of all tokens in tiles, and
once more on the way back. Here logits are made for answers alone, so there is less to save.

Import this module inside functions only: it imports transformers and torch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch  # noqa: TID253  # see above
from torch.utils.data import DataLoader  # noqa: TID253  # the same
from transformers import Trainer, TrainingArguments  # noqa: TID253  # the same

from vsfa_data.errors import SetupError
from vsfa_data.train import setup
from vsfa_data.train.loss import METRIC, spares_logits, token_losses
from vsfa_data.train.plan import Batch
from vsfa_data.train.sharding import gathered_adapter


@dataclass(frozen=True)
class Data:
    """Conversations by index, and which of them meet in which batch."""

    rows: Sequence[Any] = ()
    batches: Sequence[Batch] = field(default=())


class PlannedTrainer(Trainer):
    """Trainer whose batches are given.

    The whole run is one epoch to the Trainer, so that a resumed one skips batches of a known list
    and repeats no draw. `args.max_steps` must be what the batches of `train` suffice for.
    """

    def __init__(
        self,
        model: Any,
        args: TrainingArguments,
        collator: Callable[[Sequence[Any]], dict[str, Any]],
        train: Data,
        validation: Data,
    ) -> None:
        super().__init__(model=model, args=args, data_collator=collator)
        # The loss is divided by the tokens of a whole step (compute_loss), never by its batches.
        self.model_accepts_loss_kwargs = True
        self._train, self._validation = train, validation
        self._sparing = spares_logits(model)
        # Processes that wait for one another could not go on without what fails in one of them.
        self._strict = args.device.type == "cuda" and args.world_size == 1
        self._begun = False

    def get_train_dataloader(self) -> Any:
        """This process's share of the batches, in order."""
        share = slice(self.args.process_index, None, self.args.world_size)
        return self._loader(self._train.rows, self._train.batches[share])

    def training_step(self, model: Any, *args: Any, **given: Any) -> Any:
        """As the Trainer's; on one GPU repeatable to the bit where that was asked for.

        A model with an operation that cannot be so is trained all the same.
        """
        if not self._strict:
            return super().training_step(model, *args, **given)
        try:
            with setup.strictly():
                done = super().training_step(model, *args, **given)
        except RuntimeError as error:
            if not setup.is_unrepeatable(error):
                raise
            if self._begun:
                raise SetupError(
                    f"this model cannot be trained repeatably on a GPU ({str(error)[:80]}). Run it "
                    f"with --no-repeatable"
                ) from None
            self._strict = False
            model.zero_grad()  # of the half of a first step
            return super().training_step(model, *args, **given)
        self._begun = True
        return done

    def compute_loss(
        self,
        model: Any,
        inputs: Any,
        return_outputs: bool = False,  # noqa: ARG002, FBT001, FBT002  # the Trainer's signature
        num_items_in_batch: Any = None,
    ) -> Any:
        """Mean over all answer tokens of the step, on all processes: not a mean of means."""
        total, _ = token_losses(model, inputs, sparing=self._sparing)
        # Processes average their gradients, so each must weigh as much as all of them.
        return total * self.args.world_size / num_items_in_batch

    def floating_point_ops(self, *_: Any) -> int:
        """Not counted: it walks through all parameters at each step."""
        return 0

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Mean loss of the answers' tokens over the whole validation split, if there is one."""
        metrics = {METRIC: self._validation_loss()} if self._validation.batches else {}
        if metrics:
            self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics

    def gathered_weights(self) -> dict[str, Any] | None:
        """The adapter in one place if weights are spread over devices (FSDP), else None.

        Every process must call it.
        """
        if not self.is_fsdp_enabled:
            return None
        if self.accelerator.is_fsdp2:
            return gathered_adapter(self.model)
        weights: dict[str, Any] = self.accelerator.get_state_dict(self.model)
        return weights

    def _validation_loss(self) -> float:
        rank, world, total = (
            self.args.process_index,
            self.args.world_size,
            len(self._validation.batches),
        )
        mine = range(rank, -(-total // world) * world, world)
        # A process without a batch of its own repeats the last: all must take part.
        batches = [self._validation.batches[min(number, total - 1)] for number in mine]
        sums = torch.zeros(2, dtype=torch.float64, device=self.args.device)
        model = self.model_wrapped
        model.eval()
        for number, batch in zip(mine, self._loader(self._validation.rows, batches), strict=True):
            with torch.no_grad(), self.compute_loss_context_manager():
                parts = token_losses(model, self._prepare_inputs(batch), sparing=self._sparing)
            if number < total:
                sums += torch.stack([part.double() for part in parts])
        model.train()
        loss, tokens = self.accelerator.reduce(sums, "sum").tolist()
        return float(loss / tokens)

    def _loader(self, rows: Sequence[Any], batches: Sequence[Batch]) -> Any:
        workers = self.args.dataloader_num_workers
        return DataLoader(
            rows,  # type: ignore[arg-type]  # any sequence will do
            batch_sampler=batches,
            collate_fn=self.data_collator,
            num_workers=workers,
            pin_memory=self.args.dataloader_pin_memory,
            prefetch_factor=self.args.dataloader_prefetch_factor if workers else None,
        )

    def _prepare_inputs(self, inputs: Any) -> Any:
        # From pinned memory, without waiting for what the device still computes.
        return {
            name: value.to(self.args.device, non_blocking=True) for name, value in inputs.items()
        }


def training_arguments(output: Path, **given: Any) -> TrainingArguments:
    """TrainingArguments with all that tries to be helpful switched off."""
    arguments = TrainingArguments(
        **{
            "output_dir": str(output),
            "report_to": "none",
            "disable_tqdm": True,
            "remove_unused_columns": False,
            "logging_nan_inf_filter": False,  # waits for the device at each step, and hides a NaN
            "save_total_limit": 2,
            "eval_strategy": "no",  # a callback asks for evaluations, the last step's included
            **given,
        }
    )
    # A launcher's own number type would otherwise count more than the run's, which run.json names.
    arguments.mixed_precision = "bf16" if arguments.bf16 else "no"
    # Several GPUs without a launcher would mean DataParallel, which is slow and computes otherwise.
    arguments._n_gpu = min(arguments.n_gpu, 1)  # noqa: SLF001  # there is no public switch
    return arguments
