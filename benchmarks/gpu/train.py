"""LoRA on a Qwen2.5-VL-7B-shaped model: this toolkit's trainer against a bare loop.

Both train the same model on the same collated batches: pictures of 448 x 448 px (256 tokens after
merging) and about 300 tokens of text, rank 16 on all linear layers of the language model, bf16
autocast over a frozen bf16 base, float32 LoRA weights, fused AdamW, gradients clipped at 1. The
bare loop asks the model for its own loss, as a plain script does.

Model FLOPs of a step, recomputation not counted, for T tokens in sequences of S:
  language model   4 x parameters x T       forward and the gradient of activations; frozen
                                            weights take no gradient of their own
  its head         4 x parameters x T       (for all tokens: what the bare loop computes)
  LoRA             6 x parameters x T
  attention        6 x layers x hidden x S x T    causal: half of the full product
  vision tower     2 x parameters x patches       forward only
"""

from __future__ import annotations

import gc
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import vlm
from benchmarks.gpu import four_bit
from benchmarks.row import Row
from vsfa_data.train import checkpointing, lora, presets
from vsfa_data.train.collate import Collator
from vsfa_data.train.conversation import Conversation
from vsfa_data.train.setup import repeatable

PEAK_TFLOPS = 790
"""Dense bf16 products as measured on an H200."""
SIDE_PX = 448
TEXT_TOKENS = 300
RATE = 1e-4
ROUNDS = 3
"""Of both loops in turn: equal runs of one loop were seen to differ by a tenth."""


@dataclass(frozen=True)
class Bench:
    """A model with LoRA weights and where it is."""

    model: Any
    processor: Any
    device: str
    small: bool

    @property
    def on_gpu(self) -> bool:
        return self.device.startswith("cuda")

    @property
    def warm_up(self) -> int:
        """First steps, which are not timed."""
        return 1 if self.small else 3

    @property
    def steps(self) -> int:
        """Steps of a run."""
        return self.warm_up + (3 if self.small else 6)

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


def measure(device: str, *, small: bool) -> Iterator[Row]:
    """Rows of batch sizes with and without activation checkpointing, loader, repeatability."""
    # Read when the first kernel runs.
    os.environ.setdefault("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    bench = _bench(device, small=small)
    sizes = (1, 2) if small else (1, 4, 8, 16)
    for on in (False, True):
        _checkpoint(bench, on=on)
        for size in sizes:
            yield from _compared(bench, size, is_checkpointed=on)
    _checkpoint(bench, on=True)
    yield from _loader(bench, sizes[-1])
    yield from _repeated(bench, sizes[1])
    yield from _quantized(bench, sizes[1])


def _bench(device: str, *, small: bool) -> Bench:
    processor = vlm.qwen_processor()
    dtype = "bfloat16" if device.startswith("cuda") else "float32"
    model = vlm.qwen(vlm.SMALL if small else vlm.SEVEN_B, processor, device, dtype)
    _, preset = presets.choose(None, model.config)
    return Bench(_with_lora(model, preset), processor, device, small)


def _with_lora(model: Any, preset: Any) -> Any:
    return lora.attach(model, preset.lora_target, rank=16, alpha=32, dropout=0.0)


def _compared(bench: Bench, size: int, *, is_checkpointed: bool) -> Iterator[Row]:
    """Ours and the bare loop, one after the other; nothing if memory does not suffice."""
    import torch

    what = f"batch {size}, checkpointing {'on' if is_checkpointed else 'off'}"
    try:
        batches = _batches(bench, size, bench.steps)
        rounds = [(_bare(bench, batches), _ours(bench, batches, size)) for _ in range(ROUNDS)]
        bare, ours = (_middle([one[at] for one in rounds]) for at in (0, 1))
    except torch.OutOfMemoryError:
        print(f"{what}: out of memory", flush=True)
        return
    finally:
        _tidy(bench)
    tokens = _tokens(batches)
    yield Row(f"{what}: step", ours.seconds, bare.seconds, "s", "<= 1.1")
    yield Row(f"{what}: speed", tokens / ours.seconds, tokens / bare.seconds, "tokens/s", ">= 0.91")
    if bench.on_gpu:
        yield Row(f"{what}: peak memory", ours.peak_gib, bare.peak_gib, "GiB", "<= 1.05")
        flops = _flops(bench, batches[0])
        speed = flops / ours.seconds / 1e12
        yield Row(f"{what}: model FLOPs", speed, PEAK_TFLOPS, "TFLOP/s", ">= 0.4")


def _middle(runs: Sequence[Timed]) -> Timed:
    return Timed(median(one.seconds for one in runs), max(one.peak_gib for one in runs))


def _bare(bench: Bench, batches: Sequence[dict[str, Any]]) -> Timed:
    """What a short script does."""
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


def _ours(bench: Bench, batches: Sequence[dict[str, Any]], size: int) -> Timed:
    """The trainer of this toolkit, over batches that are ready."""
    return _trained(bench, batches, [[at] for at in range(len(batches))], lambda one: one[0], size)


def _trained(
    bench: Bench,
    rows: Sequence[Any],
    batches: list[list[int]],
    collator: Callable[[Any], dict[str, Any]],
    size: int,
    workers: int = 0,
) -> Timed:
    from transformers import TrainerCallback
    from transformers.trainer_callback import PrinterCallback

    from vsfa_data.train.trainer import Data, PlannedTrainer, training_arguments

    clock = _Clock(bench)

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
    return clock.timed()


def _loader(bench: Bench, size: int) -> Iterator[Row]:
    """Steps fed from encoded pictures by worker processes, against ready batches."""
    workers = min(8, os.cpu_count() or 1) if bench.on_gpu else 0
    count = bench.steps
    rows = [_conversation(seed) for seed in range(size * count)]
    batches = [list(range(at, at + size)) for at in range(0, len(rows), size)]
    collator = Collator(bench.processor, max_image_px=SIDE_PX)
    fed = _trained(bench, rows, batches, collator, size, workers)
    ready = _ours(bench, _batches(bench, size, count), size)
    _tidy(bench)
    what = f"batch {size}, fed from JPEGs by {workers} workers: step"
    yield Row(what, fed.seconds, ready.seconds, "s", "<= 1.1" if bench.on_gpu else "<= 10")


def _repeated(bench: Bench, size: int) -> Iterator[Row]:
    """What repeatable algorithms cost, and whether two runs then end with the same bits."""
    import torch

    start = [p.detach().clone() for p in bench.model.parameters() if p.requires_grad]
    batches = _batches(bench, size, bench.steps)

    def run() -> tuple[Timed, list[Any]]:
        weights = [p for p in bench.model.parameters() if p.requires_grad]
        with torch.no_grad():
            for weight, before in zip(weights, start, strict=True):
                weight.copy_(before)
        timed = _ours(bench, batches, size)
        return timed, [p.detach().clone() for p in weights]

    free, _ = run()
    repeatable(on=True)
    (first, one), (_, two) = run(), run()
    repeatable(on=False)
    same = sum(bool(torch.equal(a, b)) for a, b in zip(one, two, strict=True))
    _tidy(bench)
    yield Row(f"batch {size}, repeatable: step", first.seconds, free.seconds, "s", "<= 1.1")
    yield Row("weights with the same bits after a second run", same, len(one), "tensors", ">= 1")


def _quantized(bench: Bench, size: int) -> Iterator[Row]:
    """QLoRA: the trainer against the bare loop and against plain LoRA, if bitsandbytes is there."""
    if not four_bit.is_there():
        print("bitsandbytes is not installed: no QLoRA rows", flush=True)
        return
    batches = _batches(bench, size, bench.steps)
    plain = _ours(bench, batches, size)
    four_bit.pack(bench.model, bench.device)
    _tidy(bench)
    bare, packed = _bare(bench, batches), _ours(bench, batches, size)
    _tidy(bench)
    what, tokens = f"batch {size}, QLoRA", _tokens(batches)
    yield Row(f"{what}: step", packed.seconds, bare.seconds, "s", "<= 1.1")
    yield Row(f"{what}: speed", tokens / packed.seconds, tokens / bare.seconds, "tokens/s", "")
    yield Row(f"{what} / LoRA: step", packed.seconds, plain.seconds, "s", "<= 2")
    if bench.on_gpu:
        yield Row(f"{what}: peak memory", packed.peak_gib, bare.peak_gib, "GiB", "<= 1.05")
        yield Row(f"{what} / LoRA: peak memory", packed.peak_gib, plain.peak_gib, "GiB", "<= 0.6")


def _tokens(batches: Sequence[dict[str, Any]]) -> float:
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

    def timed(self) -> Timed:
        import torch

        marks = self._marks[self._bench.warm_up - 1 :]
        steps = [after - before for before, after in pairwise(marks)]
        peak = torch.cuda.max_memory_allocated() / 2**30 if self._bench.on_gpu else 0.0
        return Timed(median(steps), peak)


def _batches(bench: Bench, size: int, count: int) -> list[dict[str, Any]]:
    """A few collated batches, in turn, in pinned memory if there is a GPU."""
    collator = Collator(bench.processor, max_image_px=SIDE_PX)
    made = [
        collator([_conversation(number * size + row) for row in range(size)]) for number in range(2)
    ]
    if bench.on_gpu:
        made = [{k: v.pin_memory() for k, v in batch.items()} for batch in made]
    return [made[number % 2] for number in range(count)]


def _conversation(seed: int) -> Conversation:
    """A noisy 448 px JPEG and six questions with answers, some 300 tokens with this tokenizer."""
    from PIL import Image

    draw = random.Random(seed)  # noqa: S311  # no secret
    noise = Image.frombytes("L", (56, 56), draw.randbytes(56 * 56))
    out = BytesIO()
    noise.resize((SIDE_PX, SIDE_PX)).convert("RGB").save(out, "JPEG", quality=90)
    words = " ".join(vlm.CORPUS).split()
    messages = [
        {"role": role, "content": " ".join(draw.choices(words, k=length))}
        for _ in range(6)
        for role, length in (("user", 8), ("assistant", 14))
    ]
    return Conversation(str(seed), out.getvalue(), tuple(messages))


def _checkpoint(bench: Bench, *, on: bool) -> None:
    """As the trainer does it: in the language model alone."""
    if on:
        checkpointing.enable(bench.model)
    else:
        bench.model.get_base_model().gradient_checkpointing_disable()


def _flops(bench: Bench, batch: dict[str, Any]) -> float:
    """Model FLOPs of a step on `batch`, as the module's docstring counts them."""
    base = bench.model.get_base_model()
    sizes: dict[str, int] = {"text": 0, "lora": 0, "vision": 0}
    for name, weight in base.named_parameters():
        if "embed_tokens" not in name:
            kind = "lora" if "lora_" in name else "vision" if "visual" in name else "text"
            sizes[kind] += weight.numel()
    text = base.config.get_text_config()
    tokens, length = int(batch["attention_mask"].sum()), batch["input_ids"].shape[1]
    attention = 6 * text.num_hidden_layers * text.hidden_size * length * tokens
    patches = batch["pixel_values"].shape[0]
    language = (4 * sizes["text"] + 6 * sizes["lora"]) * tokens
    return float(language + attention + 2 * sizes["vision"] * patches)


def _tidy(bench: Bench) -> None:
    import torch

    bench.model.zero_grad(set_to_none=True)
    gc.collect()
    if bench.on_gpu:
        torch.cuda.empty_cache()
