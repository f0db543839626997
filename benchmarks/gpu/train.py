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

import os
from collections.abc import Iterator
from typing import Any

from benchmarks import vlm
from benchmarks.gpu import loops
from benchmarks.gpu.loops import Bench
from benchmarks.gpu.scope import Scope
from benchmarks.gpu.stock import mend_for_training, stock
from benchmarks.row import Row
from vsfa_data.train import checkpointing, lora, presets
from vsfa_data.train.collate import Collator
from vsfa_data.train.setup import repeatable

PEAK_TFLOPS = 790
"""Dense bf16 products as measured on an H200."""


def measure(device: str, scope: Scope) -> Iterator[Row]:
    """Rows of batch sizes with and without activation checkpointing, loader, repeatability."""
    bench = bench_of(device, scope)
    sizes = (1, 2) if scope.small else (1, 4, 8, 16)
    for on in (False, True):
        checkpoint(bench, on=on)
        for size in sizes:
            what = f"batch {size}, checkpointing {'on' if on else 'off'}"
            if scope.takes(what):
                yield from compared(bench, size, what)
    if scope.takes("as transformers has it"):
        checkpoint(bench, on=False)
        yield from _beside_stock(bench, sizes[-2])
    checkpoint(bench, on=True)
    if scope.takes("fed from JPEGs"):
        yield from _loader(bench, sizes[-2] if scope.brief else sizes[-1])
    if scope.takes("repeatable"):
        yield from _repeated(bench, sizes[1])


def bench_of(device: str, scope: Scope) -> Bench:
    """The model of the trainer: with LoRA weights, and mended as the trainer mends it on a GPU."""
    # Read when the first kernel runs.
    os.environ.setdefault("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    model, processor = base_model(device, scope)
    return Bench(with_lora(model, device), processor, device, scope)


def base_model(device: str, scope: Scope) -> tuple[Any, Any]:
    """A model with random weights and its processor."""
    processor = vlm.qwen_processor()
    dtype = "bfloat16" if device.startswith("cuda") else "float32"
    return vlm.qwen(vlm.SMALL if scope.small else vlm.SEVEN_B, processor, device, dtype), processor


def with_lora(model: Any, device: str) -> Any:
    """`model` as the trainer prepares it."""
    _, preset = presets.choose(None, model.config)
    model.requires_grad_(requires_grad=False)
    model = lora.attach(model, preset.lora_target, rank=16, alpha=32, dropout=0.0)
    if device.startswith("cuda"):
        mend_for_training(model)
    return model


def compared(bench: Bench, size: int, what: str) -> Iterator[Row]:
    """Ours and the bare loop, one after the other; nothing if memory does not suffice."""
    import torch

    try:
        batches = loops.batches_of(bench, size, bench.steps)
        rounds = [
            (loops.bare(bench, batches), loops.ours(bench, batches, size))
            for _ in range(bench.rounds(size))
        ]
    except torch.OutOfMemoryError:
        print(f"{what}: out of memory", flush=True)
        return
    finally:
        loops.tidy(bench)
    bare, ours = (loops.middle([one[at] for one in rounds]) for at in (0, 1))
    count = loops.tokens(batches)
    yield Row(f"{what}: step", ours.seconds, bare.seconds, "s", "<= 1.1")
    yield Row(f"{what}: speed", count / ours.seconds, count / bare.seconds, "tokens/s", ">= 0.91")
    if bench.on_gpu:
        yield Row(f"{what}: peak memory", ours.peak_gib, bare.peak_gib, "GiB", "<= 1.05")
        speed = _flops(bench, batches[0]) / ours.seconds / 1e12
        yield Row(f"{what}: model FLOPs", speed, PEAK_TFLOPS, "TFLOP/s", ">= 0.4")


def _beside_stock(bench: Bench, size: int) -> Iterator[Row]:
    """What we have mended of the model gains: our trainer with and without it."""
    batches = loops.batches_of(bench, size, bench.steps)
    now = loops.ours(bench, batches, size)
    with stock(bench.model):
        before = loops.ours(bench, batches, size)
    loops.tidy(bench)
    what = f"batch {size}, our trainer / with the model as transformers has it"
    yield Row(f"{what}: step", now.seconds, before.seconds, "s", "<= 1.02")
    if bench.on_gpu:
        yield Row(f"{what}: peak memory", now.peak_gib, before.peak_gib, "GiB", "<= 1.02")


def _loader(bench: Bench, size: int) -> Iterator[Row]:
    """Steps fed from encoded pictures by worker processes, against ready batches.

    Timed once each worker has made two batches: the first come when all workers have started.
    """
    workers = min(8, os.cpu_count() or 1) if bench.on_gpu else 0
    warm_up = 2 * workers or bench.warm_up
    rows = [loops.conversation(seed) for seed in range(2 * size)]
    batches = [[(at * size + row) % len(rows) for row in range(size)] for at in range(warm_up + 6)]
    collator = Collator(bench.processor, max_image_px=loops.SIDE_PX)
    fed = loops.trained(bench, rows, batches, collator, size, workers=workers, warm_up=warm_up)
    ready = loops.ours(bench, loops.batches_of(bench, size, bench.steps), size)
    loops.tidy(bench)
    what = f"batch {size}, fed from JPEGs by {workers} workers: step"
    yield Row(what, fed.seconds, ready.seconds, "s", "<= 1.1" if bench.on_gpu else "<= 10")


def _repeated(bench: Bench, size: int) -> Iterator[Row]:
    """What repeatable algorithms cost, and whether two runs then end with the same bits."""
    import torch

    start = [p.detach().clone() for p in bench.model.parameters() if p.requires_grad]
    batches = loops.batches_of(bench, size, bench.steps)

    def run() -> tuple[loops.Timed, list[Any]]:
        weights = [p for p in bench.model.parameters() if p.requires_grad]
        with torch.no_grad():
            for weight, before in zip(weights, start, strict=True):
                weight.copy_(before)
        timed = loops.ours(bench, batches, size)
        return timed, [p.detach().clone() for p in weights]

    free, _ = run()
    repeatable(on=True)
    (first, one), (_, two) = run(), run()
    repeatable(on=False)
    same = sum(bool(torch.equal(a, b)) for a, b in zip(one, two, strict=True))
    loops.tidy(bench)
    yield Row(f"batch {size}, repeatable: step", first.seconds, free.seconds, "s", "<= 1.1")
    yield Row("weights with the same bits after a second run", same, len(one), "tensors", ">= 1")


def checkpoint(bench: Bench, *, on: bool) -> None:
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
            packed = 1 if weight.is_floating_point() else 2  # two weights of four bits a byte
            sizes[kind] += weight.numel() * packed
    text = base.config.get_text_config()
    tokens, length = int(batch["attention_mask"].sum()), batch["input_ids"].shape[1]
    attention = 6 * text.num_hidden_layers * text.hidden_size * length * tokens
    patches = batch["pixel_values"].shape[0]
    language = (4 * sizes["text"] + 6 * sizes["lora"]) * tokens
    return float(language + attention + 2 * sizes["vision"] * patches)
