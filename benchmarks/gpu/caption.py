"""Captions a second: this toolkit's captioner against bare `generate`, and without batches.

Two shapes of 7 billion random weights (see shapes.py), pictures of 448 x 448 px, 64 new tokens,
greedy, bfloat16, sdpa. The bare model gets one batch of tensors that lie ready on the device, and
attends as transformers does; the captioner gets JPEG files and has to decode, scale, tokenise and
word them too. The median of three rounds counts, each between two of the bare model.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BytesIO
from typing import Any, Final

from benchmarks.gpu import four_bit, shapes
from benchmarks.gpu.scope import Scope
from benchmarks.gpu.stock import mend, stock
from benchmarks.row import Row
from vsfa_data.caption.captioners.transformers import TransformersCaptioner
from vsfa_data.caption.local.options import TransformersOptions
from vsfa_data.caption.local.vlm import Generation, VisionLanguageModel
from vsfa_data.caption.picture import Picture
from vsfa_data.caption.prompted.replies import Request

GIB: Final = 2**30
ROUNDS: Final = 3
SHAPES: Final[dict[str, Callable[..., shapes.Made]]] = {
    "Qwen2.5-VL-7B": shapes.qwen,
    "LLaVA-1.5-7B": shapes.llava,
}


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    side_px: int = 448
    new_tokens: int = 64
    batch: int = 64
    batches: int = 4
    bare_batches: int = 4
    alone: int = 4
    spare_gib: float = 6.0
    rounds: int = ROUNDS


SMALL: Final = Sizes(side_px=112, new_tokens=8, batch=4, batches=3, bare_batches=3, alone=3)


@dataclass(frozen=True)
class Beside:
    """Ours beside the bare model, of the middle round."""

    ours: float
    """Images a second."""
    bare: float
    ours_gib: float
    """Peak memory, weights included; 0 on a CPU."""
    bare_gib: float


def measure(device: str, scope: Scope) -> Iterator[Row]:
    """Rows for both shapes; `small` takes toy shapes, to see whether it runs at all."""
    if device == "cpu":
        import torch

        # On a busy machine several threads wait for one another more than they compute.
        torch.set_num_threads(1)
    sizes = SMALL if scope.small else Sizes()
    if scope.brief:
        sizes = replace(sizes, batches=3, bare_batches=1, rounds=1)
    shown = pictures(sizes)
    for name, make in SHAPES.items():
        if not scope.takes(name):
            continue
        started = time.perf_counter()
        made = make(device, small=scope.small)
        _note(f"{name}: made in {time.perf_counter() - started:.1f} s")
        if device != "cpu":
            mend(made.model)
        yield from _of_shape(name, VisionLanguageModel(*made), sizes, shown)
        del made
        _free(device)


def _of_shape(
    name: str, model: VisionLanguageModel, sizes: Sizes, pictures: list[Picture]
) -> Iterator[Row]:
    found = _beside_bare(_captioner(model, sizes, sizes.batch), sizes, pictures)
    yield from _rows(name, found)
    if sizes.rounds > 1:
        yield from _otherwise(name, model, sizes, pictures, found.ours)
    if str(model.device).startswith("cuda"):
        yield _after_running_out(name, model, sizes, pictures)
        if four_bit.is_there():
            yield from _four_bit(name, model, sizes, pictures, found)


def _rows(name: str, found: Beside) -> Iterator[Row]:
    yield Row(f"{name}: captioner / bare generate", found.ours, found.bare, "images/s", ">= 0.9")
    if found.ours_gib:
        what = f"{name}: peak memory of the captioner / of bare generate"
        yield Row(what, found.ours_gib, found.bare_gib, "GiB", "<= 1.1")


def _otherwise(
    name: str, model: VisionLanguageModel, sizes: Sizes, pictures: list[Picture], ours: float
) -> Iterator[Row]:
    """With the batch size that it chooses, and without batches."""
    device = str(model.device)
    free = _captioner(model, sizes, batch_size=None)
    chosen = _rate(len(pictures), device, lambda: free.caption(pictures))
    yield Row(f"{name}: batch as it chooses / {sizes.batch}", chosen, ours, "images/s", ">= 1")
    one = _captioner(model, sizes, batch_size=1)
    one.budget.tokens = 1.0
    few = pictures[: sizes.alone]
    alone = _rate(len(few), device, lambda: one.caption(few))
    yield Row(f"{name}: captioner / one at a time", ours, alone, "images/s", ">= 5")


def _four_bit(
    name: str, model: VisionLanguageModel, sizes: Sizes, pictures: list[Picture], before: Beside
) -> Iterator[Row]:
    """The same with weights in four bits: against bare `generate`, and against bfloat16."""
    four_bit.pack(model.model, str(model.device))
    _free(str(model.device))
    found = _beside_bare(_captioner(model, sizes, sizes.batch), sizes, pictures)
    yield from _rows(f"{name}, 4 bits", found)
    yield Row(f"{name}, 4 bits / bfloat16", found.ours, before.ours, "images/s", "")
    what = f"{name}, 4 bits / bfloat16: peak memory"
    yield Row(what, found.ours_gib, before.ours_gib, "GiB", "<= 1")


def _beside_bare(captioner: TransformersCaptioner, sizes: Sizes, pictures: list[Picture]) -> Beside:
    """The captioner and bare `generate` in the median of the rounds.

    Each is measured between two of the bare model, since a machine's speed drifts.
    """
    device, count = str(captioner.model.device), len(pictures)
    generated = sizes.bare_batches * sizes.batch
    generate = _bare(captioner.model, sizes, pictures[: sizes.batch])
    captioner.caption(pictures[: sizes.batch])

    def bare() -> None:
        with stock(captioner.model.model):
            for _ in range(sizes.bare_batches):
                generate()

    rounds = []
    for _ in range(sizes.rounds):
        before = _rate(generated, device, bare)
        bare_gib = _peak_gib(device)
        ours = _rate(count, device, lambda: captioner.caption(pictures))
        ours_gib = _peak_gib(device)
        limit = 2.0 / (1.0 / before + 1.0 / _rate(generated, device, bare))
        rounds.append((ours / limit, Beside(ours, limit, ours_gib, bare_gib)))
    return sorted(rounds, key=lambda one: one[0])[len(rounds) // 2][1]


def _bare(model: VisionLanguageModel, sizes: Sizes, pictures: list[Picture]) -> Callable[[], None]:
    """`generate` on one batch of ready tensors, warmed up."""
    prompt = _captioner(model, sizes, 1).prompts.caption.text
    inputs = model.prepare([one.decode() for one in pictures], [prompt] * len(pictures))
    arguments = Generation(sizes.new_tokens).arguments()

    import torch

    def run() -> None:
        with torch.inference_mode():
            model.model.generate(**inputs, **arguments)

    with stock(model.model):
        run()
    _peak_gib(str(model.device))
    return run


def _captioner(
    model: VisionLanguageModel, sizes: Sizes, batch_size: int | None
) -> TransformersCaptioner:
    """The captioner as a recipe would make it, around a model that is in memory already."""
    made = TransformersCaptioner(
        TransformersOptions(
            model="random weights",
            prompts="caption_only",
            max_new_tokens=sizes.new_tokens,
            max_pixels=sizes.side_px**2,
            batch_size=batch_size,
        )
    )
    made.model = model
    return made


def _after_running_out(
    name: str, model: VisionLanguageModel, sizes: Sizes, pictures: list[Picture]
) -> Row:
    """Captions that came although memory was capped so that the first batches did not fit."""
    import torch

    total = torch.cuda.mem_get_info(model.device)[1]
    _free("cuda")
    allowed = torch.cuda.memory_reserved(model.device) + sizes.spare_gib * GIB
    captioner = _captioner(model, sizes, batch_size=1024)
    before = captioner.budget.tokens
    torch.cuda.set_per_process_memory_fraction(min(1.0, allowed / total), model.device)
    prompt = captioner.prompts.caption.text
    asked = [Request(at, one, prompt, sizes.new_tokens // 4) for at, one in enumerate(pictures)]
    left = iter(asked)
    try:
        said = {
            request.number: reply for request, reply in captioner.replies(lambda: next(left, None))
        }
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, model.device)
    after = int(captioner.budget.tokens // (before / 1024))
    _note(f"{name}: with {sizes.spare_gib:g} GiB to spare, batches shrank to {after}")
    if captioner.budget.tokens >= before:
        raise RuntimeError("memory did not run out: the cap is too generous to show anything")
    answered = sum(said[at].finish == "length" for at in range(len(pictures)))
    what = f"{name}: answered after memory ran out (batch {len(pictures)} -> {after})"
    return Row(what, answered, len(pictures), "images", ">= 1")


def _peak_gib(device: str) -> float:
    """The most memory that was taken since the last call; 0 on a CPU."""
    if not device.startswith("cuda"):
        return 0.0
    import torch

    peak = torch.cuda.max_memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    return peak / GIB


def _rate(images: int, device: str, run: Callable[[], Any]) -> float:
    """By the clock on a GPU; on a CPU by the processor time of all threads together."""
    clock = time.process_time if device == "cpu" else time.perf_counter
    _synchronise(device)
    started = clock()
    run()
    _synchronise(device)
    return images / (clock() - started)


def _synchronise(device: str) -> None:
    if device.startswith("cuda"):
        import torch

        torch.cuda.synchronize()


def _free(device: str) -> None:
    gc.collect()
    if device.startswith("cuda"):
        import torch

        torch.cuda.empty_cache()


def pictures(sizes: Sizes) -> list[Picture]:
    """`batches` x `batch` JPEG files of smooth noise, about as hard to decode as photographs."""
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(0)
    made = []
    for _ in range(sizes.batch * sizes.batches):
        coarse = random.integers(0, 256, (sizes.side_px // 8, sizes.side_px // 8, 3), np.uint8)
        side = (sizes.side_px, sizes.side_px)
        data = BytesIO()
        Image.fromarray(coarse).resize(side, Image.Resampling.BICUBIC).save(
            data, "JPEG", quality=92
        )
        made.append(Picture(sha256(data.getvalue()).hexdigest(), data.getvalue()))
    return made


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
