"""The trainer against a bare loop, TRL's SFTTrainer against the same; loading against computing.

A small Qwen2.5-VL with random weights and a vocabulary of 32,000 (logits are what trainers differ
in), on noisy pictures of 224 px with six questions each. All loops get the same batches, which
are collated before. Steps of the loops are timed in turn, so that other work on the machine hits
all alike.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks import vlm
from benchmarks.conversations import conversation
from benchmarks.row import Row
from vsfa_data.processes.quiet import quiet_libraries
from vsfa_data.train import lora, presets
from vsfa_data.train.collate import Collator

BATCH, STEPS, WARM_UP, ROUNDS = 2, 6, 2, 3
RATE = 1e-4
GIB = 2**30

Batches = Sequence[dict[str, Any]]


def measure() -> Iterator[Row]:
    """Medians over rounds; each loop starts from the same weights."""
    quiet_libraries()
    batches, loading = collated()
    names = ["bare", "ours", *(["trl"] if importlib.util.find_spec("trl") else [])]
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(ROUNDS):
        for name in names:
            seconds[name] += LOOPS[name](batches)
    step = {name: median(found) for name, found in seconds.items()}
    yield Row("train: step / bare loop", step["ours"], step["bare"], "s", "<= 1.1")
    if "trl" in step:
        yield Row("train: TRL's SFTTrainer / bare loop", step["trl"], step["bare"], "s", ">= 1")
    yield Row("train: loading a batch / step", loading, step["ours"], "s", "<= 0.2")
    ours_peak, bare_peak = (_peak_gib(name) for name in ("ours", "bare"))
    yield Row("train: peak memory / bare loop", ours_peak, bare_peak, "GiB", "<= 1.1")


def collated() -> tuple[list[dict[str, Any]], float]:
    """Batches for a run, and the seconds that making one takes, from JPEGs to tensors."""
    collator = Collator(vlm.qwen_processor())
    rows = [conversation(seed, noise_px=28, side_px=224) for seed in range(2 * BATCH)]
    start = time.perf_counter()
    made = [collator(rows[at : at + BATCH]) for at in range(0, len(rows), BATCH)]
    seconds = (time.perf_counter() - start) / len(made)
    return [made[number % len(made)] for number in range(STEPS + WARM_UP)], seconds


def _peak_gib(loop: str) -> float:
    """Peak memory of a process that does nothing else (Linux).

    Not getrusage's: that of a child begins with what its parent had.
    """
    script = (
        "from pathlib import Path; from benchmarks import train\n"
        f"train.LOOPS[{loop!r}](train.collated()[0])\n"
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return int(done.stdout.split()[-1]) * 1024 / GIB


def model() -> Any:
    """The same model with the same LoRA weights each time."""
    import torch

    shape = {**vlm.SMALL, "text": {**vlm.SMALL["text"], "vocab_size": 32_000}}
    found = vlm.qwen(shape, vlm.qwen_processor(), "cpu", "float32")
    found.requires_grad_(requires_grad=False)
    _, preset = presets.choose(None, found.config)
    torch.manual_seed(0)
    return lora.attach(found, preset.lora_target, rank=16, alpha=32, dropout=0.0)


def bare(batches: Batches) -> list[float]:
    """What a short script does; seconds of each step after the first ones."""
    import torch

    trained = model()
    weights = [p for p in trained.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=RATE, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda _: 1.0)
    trained.train()
    marks = []
    for batch in batches:
        given = {name: value for name, value in batch.items() if name != "scored"}
        trained(**given, use_cache=False).loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        marks.append(time.perf_counter())
    return _steps(marks)


def ours(batches: Batches) -> list[float]:
    """This toolkit's trainer."""
    from vsfa_data.train.trainer import Data, PlannedTrainer, training_arguments

    with tempfile.TemporaryDirectory() as folder:
        arguments = training_arguments(Path(folder), **_arguments(batches))
        data = Data(batches, [[at] for at in range(len(batches))])
        return _timed(PlannedTrainer(model(), arguments, lambda rows: rows[0], data, Data()))


def trl(batches: Batches) -> list[float]:
    """TRL's trainer with its own loss and measurements, on the same batches."""
    from datasets import Dataset
    from trl.trainer.sft_config import SFTConfig
    from trl.trainer.sft_trainer import SFTTrainer

    with tempfile.TemporaryDirectory() as folder:
        arguments = SFTConfig(
            output_dir=folder,
            disable_tqdm=True,
            report_to="none",
            remove_unused_columns=False,
            dataset_kwargs={"skip_prepare_dataset": True},
            gradient_checkpointing=False,
            bf16=False,
            max_length=None,
            **_arguments(batches) | {"per_device_train_batch_size": 1},
        )
        trainer = SFTTrainer(
            model=model(),
            args=arguments,
            train_dataset=Dataset.from_dict({"at": list(range(len(batches)))}),
            processing_class=vlm.qwen_processor(),
            data_collator=lambda rows: {
                name: value for name, value in batches[rows[0]["at"]].items() if name != "scored"
            },
        )
        return _timed(trainer)


def _arguments(batches: Batches) -> dict[str, Any]:
    return {
        "max_steps": len(batches),
        "per_device_train_batch_size": BATCH,
        "learning_rate": RATE,
        "logging_steps": 1,
        "save_strategy": "no",
        "use_cpu": True,
        "seed": 0,
    }


def _timed(trainer: Any) -> list[float]:
    from transformers import TrainerCallback
    from transformers.trainer_callback import PrinterCallback

    marks: list[float] = []

    class Clock(TrainerCallback):
        def on_step_end(self, *_: Any, **__: Any) -> None:
            marks.append(time.perf_counter())

    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(Clock())
    trainer.train()
    return _steps(marks)


def _steps(marks: Sequence[float]) -> list[float]:
    counted = marks[WARM_UP - 1 :]
    return [after - before for before, after in pairwise(counted)]


LOOPS: Final[dict[str, Callable[[Batches], list[float]]]] = {
    "bare": bare,
    "ours": ours,
    "trl": trl,
}
