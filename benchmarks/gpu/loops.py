"""Training loops that are timed: this toolkit's trainer and a bare one, over the same batches."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import conversations
from benchmarks.gpu.scope import Scope
from benchmarks.gpu.stock import stock
from vsfa_data.train.collate import Collator
from vsfa_data.train.conversation import Conversation

SIDE_PX = 448
RATE = 1e-4


@dataclass(frozen=True)
class Bench:
    """A model with LoRA weights and where it is."""

    model: Any
    processor: Any
    device: str
    scope: Scope

    @property
    def on_gpu(self) -> bool:
        return self.device.startswith("cuda")

    @property
    def warm_up(self) -> int:
        """First steps, which are not timed."""
        return 1 if self.scope.small else 2 if self.scope.brief else 3

    @property
    def steps(self) -> int:
        """Steps of a run."""
        return self.warm_up + (3 if self.scope.small else 4 if self.scope.brief else 6)

    def rounds(self, size: int) -> int:
        """Of both loops in turn: equal runs of one loop were seen to differ by a tenth.

        Those of small batches, that is, where the GPU waits for the CPU to launch kernels.
        """
        return 3 if not self.scope.brief else 2 if size < 8 else 1

    def autocast(self) -> Any:
        import torch

        return torch.autocast(self.device, torch.bfloat16) if self.on_gpu else nullcontext()

    def wait(self) -> None:
        import torch

        if self.on_gpu:
            torch.cuda.synchronize()


@dataclass(frozen=True)
class Timed:
    """One loop over one kind of batch."""

    seconds: float
    """Median step."""
    peak_gib: float


def middle(runs: Sequence[Timed]) -> Timed:
    return Timed(median(one.seconds for one in runs), max(one.peak_gib for one in runs))


def bare(bench: Bench, batches: Sequence[dict[str, Any]]) -> Timed:
    """What a short script does, with the model as transformers and peft have it."""
    with stock(bench.model):
        return _looped(bench, batches)


def _looped(bench: Bench, batches: Sequence[dict[str, Any]]) -> Timed:
    import torch

    weights = [p for p in bench.model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=RATE, weight_decay=0.0, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda _: 1.0)
    bench.model.train()
    clock = _Clock(bench)
    for batch in batches:
        given = {k: v.to(bench.device, non_blocking=True) for k, v in batch.items()}
        given.pop("scored")
        with bench.autocast():
            loss = bench.model(**given, use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        clock.step()
    return clock.timed()


def ours(bench: Bench, batches: Sequence[dict[str, Any]], size: int) -> Timed:
    """The trainer of this toolkit, over batches that are ready."""
    return trained(bench, batches, [[at] for at in range(len(batches))], lambda one: one[0], size)


def trained(
    bench: Bench,
    rows: Sequence[Any],
    batches: list[list[int]],
    collator: Callable[[Any], dict[str, Any]],
    size: int,
    **more: int,
) -> Timed:
    """`ours` over batches that `collator` makes of `rows`, in so many `workers` (processes).

    The first `warm_up` steps are not timed.
    """
    from transformers import TrainerCallback
    from transformers.trainer_callback import PrinterCallback

    from vsfa_data.train.trainer import Data, PlannedTrainer, training_arguments

    clock, workers = _Clock(bench), more.get("workers", 0)

    class Clocked(TrainerCallback):
        def on_step_end(self, *_: Any, **__: Any) -> None:
            clock.step()

    arguments = training_arguments(
        Path("unused"),
        max_steps=len(batches),
        per_device_train_batch_size=size,
        learning_rate=RATE,
        logging_steps=len(batches),
        save_strategy="no",
        bf16=bench.on_gpu,
        use_cpu=not bench.on_gpu,
        dataloader_num_workers=workers,
        dataloader_prefetch_factor=2 if workers else None,
        dataloader_pin_memory=bench.on_gpu,
        seed=0,
    )
    trainer = PlannedTrainer(bench.model, arguments, collator, Data(rows, batches), Data())
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(Clocked())
    try:
        trainer.train()
        if bench.on_gpu and not hasattr(bench.model.forward, "__wrapped__"):
            raise RuntimeError("the trainer ran without autocast: it computes something else")
    finally:
        # The trainer has wrapped `forward` in autocast; the next loop must find it bare, and the
        # next trainer must not take it for wrapped.
        trainer.accelerator.unwrap_model(bench.model, keep_fp32_wrapper=False)
        trainer.accelerator.free_memory()
        vars(bench.model).pop("forward", None)
        vars(bench.model).pop("_is_accelerate_prepared", None)
    return clock.timed(more.get("warm_up"))


def tokens(batches: Sequence[dict[str, Any]]) -> float:
    """Of a step."""
    return sum(int(batch["attention_mask"].sum()) for batch in batches) / len(batches)


class _Clock:
    """Times steps; the device has finished each of them."""

    def __init__(self, bench: Bench) -> None:
        import torch

        self._bench, self._marks = bench, list[float]()
        if bench.on_gpu:
            torch.cuda.reset_peak_memory_stats()

    def step(self) -> None:
        self._bench.wait()
        self._marks.append(time.perf_counter())

    def timed(self, warm_up: int | None = None) -> Timed:
        import torch

        marks = self._marks[(warm_up or self._bench.warm_up) - 1 :]
        steps = [after - before for before, after in pairwise(marks)]
        peak = torch.cuda.max_memory_allocated() / 2**30 if self._bench.on_gpu else 0.0
        return Timed(median(steps), peak)


def batches_of(bench: Bench, size: int, count: int) -> list[dict[str, Any]]:
    """A few collated batches, in turn, in pinned memory if there is a GPU."""
    collator = Collator(bench.processor, max_image_px=SIDE_PX)
    made = [
        collator([conversation(number * size + row) for row in range(size)]) for number in range(2)
    ]
    if bench.on_gpu:
        made = [{k: v.pin_memory() for k, v in batch.items()} for batch in made]
    return [made[number % 2] for number in range(count)]


def conversation(seed: int) -> Conversation:
    """A noisy picture of SIDE_PX and six questions with answers."""
    return conversations.conversation(seed, noise_px=56, side_px=SIDE_PX)


def tidy(bench: Bench) -> None:
    import torch

    bench.model.zero_grad(set_to_none=True)
    gc.collect()
    if bench.on_gpu:
        torch.cuda.empty_cache()
