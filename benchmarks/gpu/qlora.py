"""QLoRA: LoRA over weights in four bits (NF4, double quantisation), beside a bare loop and LoRA."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from benchmarks.gpu import four_bit, loops, train
from benchmarks.gpu.loops import Bench
from benchmarks.gpu.scope import Scope
from benchmarks.row import Row


def measure(device: str, scope: Scope) -> Iterator[Row]:
    """Rows with activation checkpointing, as QLoRA is used; none without bitsandbytes."""
    if not four_bit.is_there():
        _say("bitsandbytes is not installed: no QLoRA rows")
        return
    sizes = (2,) if scope.small else (4,) if scope.brief else (1, 4, 16)
    plain = train.bench_of(device, scope)
    train.checkpoint(plain, on=True)
    before = {size: _ours(plain, size) for size in sizes}
    _say(f"LoRA: {', '.join(f'{one.seconds:.3f} s' for one in before.values())} a step")
    loops.tidy(plain)
    del plain
    model, processor = train.base_model(device, scope)
    four_bit.pack(model, device)
    bench = Bench(train.with_lora(model, device), processor, device, scope)
    train.checkpoint(bench, on=True)
    loops.tidy(bench)
    _say("weights are in four bits")
    for size in sizes:
        what = f"QLoRA, batch {size}, checkpointing on"
        for row in train.compared(bench, size, what):
            yield row
            if row.what.endswith(": step"):
                yield Row(f"{what} / LoRA: step", row.here, before[size].seconds, "s", "<= 2")
            if row.what.endswith(": peak memory"):
                what_gib = f"{what} / LoRA: peak memory"
                yield Row(what_gib, row.here, before[size].peak_gib, "GiB", "<= 1")


def _ours(bench: Bench, size: int) -> loops.Timed:
    return loops.ours(bench, loops.batches_of(bench, size, bench.steps), size)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
