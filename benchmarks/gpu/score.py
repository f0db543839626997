"""The score step's encoder on a GPU: JPEG bytes in, vectors out, against the bare model.

Weights are random: they cost what trained ones cost. The limit is the model alone on a ready tensor
at its best batch size; Ours decodes, measures covariates, resizes, copies and computes, as the
score step does, with several numbers of decoding processes or threads, once all queues are full.
GPU idle is the share of the time in which it runs no kernel, as the driver says.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from benchmarks.gpu.decoding import costs, decoding_rate
from benchmarks.gpu.scope import Scope
from benchmarks.row import Row
from vsfa_data.processes.pool import CARDS_SETTING, process_pool

MODELS = ("ViT-B-32", "ViT-L-14", "ViT-SO400M-14-SigLIP")
PICTURES = 512
LIMIT_S = 240.0
"""After so many seconds nothing more is begun."""


@dataclass(frozen=True)
class Scale:
    """How long things are measured."""

    models: tuple[str, ...]
    precisions: tuple[str, ...]
    batches: tuple[int, ...]
    decoders: tuple[str, ...]
    seconds: float
    pictures: int


def scale(device: str, *, small: bool, brief: bool = False) -> Scale:
    """The sizes for a GPU machine, or for a quick look on a laptop."""
    cores = len(os.sched_getaffinity(0))
    if small:
        return Scale(MODELS[:1], ("fp32",), (4, 8), ("1 thread", "2 processes"), 2.0, 32)
    if device == "cpu":
        return Scale(MODELS[:1], ("fp32",), (8, 32), (f"{cores} processes",), 10.0, PICTURES)
    counts = [count for count in ((4, 8) if brief else (1, 2, 4, 8)) if count < cores]
    decoders = [f"{count} processes" for count in [*counts, cores]] + [f"{cores} threads"]
    if brief:
        return Scale(MODELS, ("bf16",), (256,), tuple(decoders[:-1]), 4.0, PICTURES)
    return Scale(MODELS, ("bf16", "fp16"), (64, 256, 512, 1024), tuple(decoders), 3.0, PICTURES)


def photographs(count: int) -> list[bytes]:
    """JPEG files of about 500 x 375 pixels: parts of scikit-image's photographs, else our own."""
    import numpy as np
    from PIL import Image

    generator = np.random.default_rng(0)
    files = []
    for source in itertools.islice(itertools.cycle(_sources()), count):
        share = generator.uniform(0.6, 1.0)
        width, height = int(source.width * share), int(source.height * share)
        left = int(generator.integers(0, source.width - width + 1))
        top = int(generator.integers(0, source.height - height + 1))
        size = (500, 375) if generator.random() < 0.7 else (375, 500)
        part = source.crop((left, top, left + width, top + height)).resize(size)
        grain = generator.normal(0.0, 4.0, (size[1], size[0], 1))
        pixels = (np.asarray(part) + grain).clip(0, 255).astype(np.uint8)
        file = BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=90)
        files.append(file.getvalue())
    return files


def _sources() -> list[Any]:
    from PIL import Image

    try:
        from skimage import data
    except ImportError:
        from vsfa_data import resources

        files = sorted((resources.PACKAGE / "sample" / "images").glob("*.jpg"))
        return [Image.open(file).convert("RGB") for file in files]
    names = ("astronaut", "coffee", "chelsea", "rocket")  # these come with the package
    return [Image.fromarray(getattr(data, name)()) for name in names]


def build(name: str, folder: Path, device: str) -> None:
    """A local-dir: model with random weights; they are made on the device, which is faster."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    config = open_clip.get_model_config(name)
    siglip = "SigLIP" in name
    logging.disable(logging.WARNING)  # it says that the weights are random
    try:
        with torch.device(device):
            model = open_clip.create_model(name, pretrained_text=False, device=device)
    except (RuntimeError, TypeError):  # a layer that can only be made on the CPU
        model = open_clip.create_model(name, pretrained_text=False, device=device)
    logging.disable(logging.NOTSET)
    folder.mkdir()
    weights = {key: value.to(torch.bfloat16).cpu() for key, value in model.state_dict().items()}
    save_file({key: value.contiguous() for key, value in weights.items()}, folder / WEIGHTS)
    kind = {"mean": [0.5] * 3, "std": [0.5] * 3, "resize_mode": "squash"} if siglip else {}
    said = {"model_cfg": config, "preprocess_cfg": kind}
    (folder / "open_clip_config.json").write_text(json.dumps(said), encoding="utf-8")


WEIGHTS = "open_clip_model.safetensors"


def bare_rate(encoder: Any, batches: Sequence[int], seconds: float) -> tuple[float, int]:
    """Images a second of the model alone on ready tensors, and the batch size that was best."""
    import torch

    loaded = encoder.towers
    side = loaded.blank().shape[0]
    found = []
    with torch.inference_mode():
        for batch in batches:
            tensor = torch.randn(batch, 3, side, side, device=encoder.device).to(loaded.dtype)
            try:
                for _ in range(3):
                    loaded.model.encode_image(tensor)
                found.append((_repeat(loaded.model.encode_image, tensor, seconds / 3), batch))
                _say(f"bare, batch {batch}: {found[-1][0]:.0f} images/s")
            except torch.OutOfMemoryError:
                torch.cuda.empty_cache()
    return max(found)


def _repeat(model: Any, tensor: Any, seconds: float) -> float:
    import torch

    def wait() -> None:
        if tensor.is_cuda:
            torch.cuda.synchronize()

    wait()
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        for _ in range(4 if tensor.is_cuda else 1):
            model(tensor)
        wait()
        done += 4 * len(tensor) if tensor.is_cuda else len(tensor)
    return done / (time.perf_counter() - start)


class Idle:
    """Asks the driver in which share of the time no kernel ran; use as a context manager."""

    def __init__(self, device: str) -> None:
        ask = "nvidia-smi --query-gpu=utilization.gpu --format=csv,noheader,nounits -lms 200 -i"
        card = os.environ.get(CARDS_SETTING, "0").split(",")[0]
        self._words = [*ask.split(), card] if device == "cuda" else []
        self._asked: subprocess.Popen[str] | None = None
        self.share: float | None = None

    def __enter__(self) -> Idle:
        if self._words:
            self._asked = subprocess.Popen(
                self._words, stdout=subprocess.PIPE, text=True
            )  # fixed words
        return self

    def __exit__(self, *_: object) -> None:
        if self._asked is None:
            return
        self._asked.terminate()
        said = [float(line) for line in self._asked.communicate()[0].split()]
        self.share = 1.0 - sum(said) / len(said) / 100 if said else None


def whole_rate(
    encoder: Any, files: list[bytes], decoders: str, seconds: float
) -> tuple[float, float | None]:
    """Images a second from JPEG bytes to scored rows, and the share of time the GPU is idle."""
    from vsfa_data.filter.feeding import CHUNK, Feed
    from vsfa_data.filter.ready import MakeReady

    count = int(decoders.split(maxsplit=1)[0])
    was, encoder.prepare_elsewhere = encoder.prepare_elsewhere, "process" in decoders
    feed = Feed.of(encoder, MakeReady(encoder.prepare), count)
    encoder.prepare_elsewhere = was
    warm_up = 2 * CHUNK * count + 4 * encoder.batch_size if encoder.on_accelerator else CHUNK
    with feed.decoders:
        found = feed.run(itertools.cycle(files))
        for _ in itertools.islice(found, warm_up):
            pass  # starts the processes, has them share memory, fills the queues
        with Idle(encoder.device) as idle:
            start = last = time.perf_counter()
            done = counted = 0
            while last - start < seconds:
                next(found)
                done += 1
                if done % encoder.batch_size == 0:  # they come by the batch
                    last, counted = time.perf_counter(), done
        del found
    return counted / (last - start), idle.share


def measure(device: str, scope: Scope) -> Iterator[Row]:
    """All models and precisions; several numbers of decoders for the first precision of each."""
    chosen, begun = scale(device, small=scope.small, brief=scope.brief), time.perf_counter()
    files = photographs(chosen.pictures)
    size = sum(map(len, files)) / len(files) / 1000
    _say(f"{len(files)} JPEG files of {size:.0f} kB on average")
    with process_pool(1) as decoder:  # of one thread, as they are
        for side_px, mode in ((224, "shortest"), (384, "squash")):
            spent = decoder.submit(costs, files[:64], side_px, mode).result()
            for what, ms in spent.items():
                _say(f"{what}: {ms:.2f} ms of processor time a picture")
    cores = len(os.sched_getaffinity(0))
    decoding = decoding_rate(files, cores, chosen.seconds)
    _say(f"decoding and nothing else, {cores} processes: {decoding:.0f} images/s")
    with tempfile.TemporaryDirectory() as scratch:
        for name, precision in itertools.product(chosen.models, chosen.precisions):
            if not scope.takes(f"{name} {precision}"):
                continue
            if time.perf_counter() - begun > LIMIT_S:
                _say(f"{name} {precision}: left out, time is up")
                continue
            folder = Path(scratch, name)
            if not folder.exists():
                build(name, folder, device)
            yield from _of_model(folder, precision, device, chosen, files)
            _free(device)


def _of_model(
    folder: Path, precision: str, device: str, chosen: Scale, files: list[bytes]
) -> Iterator[Row]:
    encoder = _opened(folder, precision, device)
    bare, best = bare_rate(encoder, chosen.batches, chosen.seconds)
    _say(f"{folder.name} {precision}: bare {bare:.0f} images/s at batch {best}")
    is_first = precision == chosen.precisions[0]
    most = f"{len(os.sched_getaffinity(0))} processes"
    for decoders in chosen.decoders if is_first else [most]:
        here, idle = whole_rate(encoder, files, decoders, chosen.seconds)
        shown = "" if idle is None else f", GPU idle {idle:.0%}"
        what = f"{folder.name} {precision}, {decoders}, batch {encoder.batch_size}{shown}"
        yield Row(what, here, bare, "images/s", ">= 0.9")
    if is_first and len(chosen.precisions) > 1:
        encoder.prepare = replace(encoder.prepare, simd=False)
        here, idle = whole_rate(encoder, files, most, chosen.seconds)
        what = f"{folder.name} {precision}, {most}, exact pixels"
        yield Row(what, here, bare, "images/s", ">= 0.9")


def _opened(folder: Path, precision: str, device: str) -> Any:
    import torch

    from vsfa_data.filter.encoders.open_clip import OpenClipEncoder, OpenClipOptions

    if device == "cpu":
        torch.set_num_threads(1)  # as in a worker; more would wait for the decoders
    start = time.perf_counter()
    given = {"model": f"local-dir:{folder}", "precision": precision, "device": device}
    encoder = OpenClipEncoder(OpenClipOptions.model_validate(given))
    encoder.open()
    _say(f"{folder.name} {precision}: opened in {time.perf_counter() - start:.1f} s")
    return encoder


def _free(device: str) -> None:
    import gc

    import torch

    gc.collect()
    if device == "cuda":
        torch.cuda.empty_cache()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
