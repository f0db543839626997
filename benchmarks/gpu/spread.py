"""Two GPUs against one of them: training by DDP and by FSDP, captions by one worker each.

Training: `accelerate launch -m vsfa_data.train` with what docs/train.md shows, on a Qwen2.5-VL of
3B's width with a third of its layers (2.1 billion random weights), real pictures; whole commands,
their start included. The one GPU accumulates two batches a step, so that all learn the same.
Then FSDP alone, on the shape of Qwen2.5-VL-7B. Memory is what torch reserved in a process.
Captions: the stage itself, through the engine that a build uses, LLaVA-1.5-7B's shape.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import vlm
from benchmarks.gpu import caption, shapes, worker
from benchmarks.gpu.scope import Scope
from benchmarks.row import Row
from vsfa_data import recipe, tables
from vsfa_data.caption.picture import Picture
from vsfa_data.caption.stage import CaptionStage
from vsfa_data.engines.local import LocalEngine
from vsfa_data.engines.work import Work
from vsfa_data.processes.pool import CARDS_SETTING
from vsfa_data.stages import Shard
from vsfa_data.workspace import StageFolder

CARDS: Final = 2
ROOT: Final = Path(__file__).parents[2]
THREE_B: Final[dict[str, Any]] = {
    "text": {
        **vlm.SEVEN_B["text"],
        "vocab_size": 151_936,
        "hidden_size": 2048,
        "intermediate_size": 11_008,
        "num_hidden_layers": 12,
        "num_attention_heads": 16,
        "num_key_value_heads": 2,
    },
    "vision": {**vlm.SEVEN_B["vision"], "out_hidden_size": 2048},
}


LAUNCH: Final = ("-m", "accelerate.commands.accelerate_cli", "launch")
TEN_STEPS: Final = ("--batch-size", "2", "--max-steps", "10", "--eval-every", "5")
FOUR_STEPS: Final = ("--batch-size", "2", "--accumulate", "1", "--max-steps", "4")


@dataclass(frozen=True)
class Run:
    """What a command of training came to."""

    seconds: float
    gib: float
    """The most that one of its processes reserved of a GPU's memory."""
    loss_before: float
    loss: float


@dataclass(frozen=True)
class Captioned:
    """What a run of the stage gave: captions by image_id, and how fast they came."""

    texts: dict[str, str]
    cards: int
    seconds: float
    """From the first shard that was done to the last."""
    images: int
    """Done in that time."""


def measure(device: str, scope: Scope) -> Iterator[Row]:
    """Rows of training, then of captions."""
    with tempfile.TemporaryDirectory(dir=_roomy()) as scratch:
        if device != "cpu" and scope.takes("train"):
            yield from _training(Path(scratch), device, small=scope.small)
        if device != "cpu" and scope.takes("7B by FSDP"):
            yield from _sharded(Path(scratch), device, small=scope.small)
        if scope.takes("captions"):
            yield from _captions(Path(scratch), device, scope)


def _training(scratch: Path, device: str, *, small: bool) -> Iterator[Row]:
    model = _saved(scratch / "trained", vlm.SMALL if small else THREE_B, device)
    release = _release(scratch / "release")
    several = [*LAUNCH, "--num_processes", str(CARDS)]
    ways = {
        "one GPU": ([], ["--accumulate", str(CARDS)]),
        "DDP": ([*several, "--multi_gpu"], ["--accumulate", "1"]),
        "FSDP": ([*several, "--config_file", str(_fsdp(scratch))], ["--accumulate", "1"]),
    }
    first: Run | None = None
    for way, (before, after) in ways.items():
        out = scratch / way.replace(" ", "-")
        run = _ran(before, [str(release), "--model", str(model), *TEN_STEPS, *after], out)
        first = first or run
        yield Row(f"train, {way}: last validation loss", run.loss, first.loss, "", "<= 1.01")
        yield Row(f"train, {way}: whole run", run.seconds, first.seconds, "s", "")
        yield Row(f"train, {way}: most memory of a GPU", run.gib, first.gib, "GiB", "")


def _sharded(scratch: Path, device: str, *, small: bool) -> Iterator[Row]:
    """A few steps on the 7B shape, whose weights alone take 15.5 GiB."""
    model = _saved(scratch / "sharded", vlm.SMALL if small else vlm.SEVEN_B, device)
    weights = sum(file.stat().st_size for file in model.glob("*.safetensors")) / 2**30
    release = _release(scratch / "release-7b")
    before = [*LAUNCH, "--num_processes", str(CARDS), "--config_file", str(_fsdp(scratch))]
    words = [str(release), "--model", str(model), *FOUR_STEPS]
    run = _ran(before, words, scratch / "7b-by-fsdp")
    yield Row("7B by FSDP, 4 steps: most memory of a GPU / weights", run.gib, weights, "GiB", "")
    yield Row("7B by FSDP, 4 steps: whole run", run.seconds, run.seconds, "s", "")
    yield Row("7B by FSDP: validation loss after / before", run.loss, run.loss_before, "", "<= 1")


def _saved(folder: Path, shape: dict[str, Any], device: str) -> Path:
    processor = vlm.qwen_processor()
    vlm.qwen(shape, processor, device, "bfloat16").save_pretrained(folder)
    processor.save_pretrained(folder)
    _free(device)
    return folder


def _fsdp(scratch: Path) -> Path:
    """The configuration that docs/train.md shows, for so many processes."""
    page = (ROOT / "docs" / "train.md").read_text(encoding="utf-8")
    shown = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)[0]
    config = scratch / "fsdp.yaml"
    config.write_text(shown.replace("num_processes: 4", f"num_processes: {CARDS}"))
    return config


def _ran(before: Sequence[str], words: Sequence[str], out: Path) -> Run:
    """A command of training; `before` starts it on several GPUs, without it takes one."""
    peaks = out.with_name(f"{out.name}-peaks")
    peaks.mkdir()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    environment[worker.FOLDER] = str(peaks)
    if not before:
        environment[CARDS_SETTING] = "0"
    command = [sys.executable, *before, "-m", worker.__name__, *words, "-q", "--out", str(out)]
    start = time.perf_counter()
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(done.stderr[-4000:])
    ends = json.loads((out / "adapter" / "run.json").read_text())["losses"]["validation"]
    _say(f"{out.name}: validation loss {ends['first']:.4f} to {ends['last']:.4f}")
    peak = max(int(file.read_text()) for file in peaks.iterdir())
    return Run(seconds, peak / 2**30, ends["first"], ends["last"])


def _release(folder: Path) -> Path:
    """The pictures that ship with the toolkit, as a release."""
    from tests.release import samples
    from tests.release.conftest import build

    def make(index: int, **given: pa.Table) -> Shard:
        files = {name: folder / f"{name}-{index}.parquet" for name in given}
        for name, table in given.items():
            pq.write_table(table, files[name])
        return Shard(index, files)

    listed = samples.pictures(12)
    folder.mkdir()
    return build(folder / "release", samples.make_shards(make, listed), listed).path


def _captions(scratch: Path, device: str, scope: Scope) -> Iterator[Row]:
    full = caption.Sizes(batches=12 if scope.brief else 24)
    sizes = caption.SMALL if scope.small else full
    model = scratch / "captions"
    made = shapes.llava(device, small=scope.small)
    made.model.save_pretrained(model)
    made.processor.save_pretrained(model)
    del made
    _free(device)
    pictures = caption.pictures(sizes)
    listed = shards(pictures, scratch, size=sizes.batch)
    options = {
        "model": str(model),
        "prompts": "caption_only",
        "max_new_tokens": sizes.new_tokens // 2,
        "max_pixels": sizes.side_px**2,
        "batch_size": sizes.batch,
    }
    runs = []
    for cards in (1, CARDS):
        started = time.perf_counter()
        runs.append(captioned(listed, options, scratch / f"by-{cards}", cards))
        _say(f"captions on {runs[-1].cards} GPUs: {time.perf_counter() - started:.0f} s in all")
    one, two = (run.images / run.seconds for run in runs)
    yield Row("captions: two GPUs / one", two, one, "images/s", ">= 1.9")


def shards(pictures: Sequence[Picture], folder: Path, size: int) -> list[Shard]:
    """Shards of `size` selected pictures."""
    made = []
    for index, at in enumerate(range(0, len(pictures), size)):
        part = pictures[at : at + size]
        given = {
            tables.IMAGES: tables.IMAGES.build(
                {
                    **dict.fromkeys(tables.IMAGES.names),
                    "image_id": one.image_id,
                    "position": at + number,
                    "image": one.data,
                    "format": "jpeg",
                    "width": one.size[0],
                    "height": one.size[1],
                    "phash": "0" * 16,
                    "source": "benchmark",
                    "source_ref": one.image_id,
                }
                for number, one in enumerate(part)
            ),
            tables.SELECTION: tables.SELECTION.build(
                {
                    "image_id": one.image_id,
                    "position": at + number,
                    "config": "threat",
                    "match_id": None,
                    "cluster_id": one.image_id,
                }
                for number, one in enumerate(part)
            ),
        }
        files = {table.name: folder / f"{table.name}-{index}.parquet" for table in given}
        for table, rows in given.items():
            pq.write_table(rows, files[table.name])
        made.append(Shard(index, files))
    return made


def captioned(
    listed: Sequence[Shard], options: Mapping[str, Any], folder: Path, cards: int
) -> Captioned:
    """Run the stage over shards as a build does, with so many GPUs; all if there are fewer."""
    plain = recipe.load("quickstart").model_dump(mode="json")
    plain["caption"] = {"captioner": "transformers", **options}
    stage = CaptionStage(recipe.parse(plain))
    stage.require()
    kept = StageFolder(folder)
    kept.prepare({})
    marks: list[tuple[float, int]] = []
    used = min(cards, stage.cards())
    with LocalEngine(workers=8 if stage.alone() else 1) as engine:
        work = Work(CaptionStage, plain, kept.path, stage.alone(), used)
        engine.run(work, listed, lambda units: marks.append((time.perf_counter(), units)))
    rows = [row for shard in listed for row in _rows(kept, shard.index)]
    first = next(at for at, _ in marks)
    counted = [(at, units) for at, units in marks if at - first > 0.5]  # not of the first
    return Captioned(
        texts={row["image_id"]: row["caption"] for row in rows},
        cards=used,
        seconds=max((at for at, _ in marks), default=first) - first,
        images=sum(units for _, units in counted),
    )


def _rows(kept: StageFolder, index: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(kept.rows(index)).to_pylist()
    return found


def _roomy() -> str | None:
    """Memory as a disk where there is one: 14 GB of weights are written and read again."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # unpredictable names


def _free(device: str) -> None:
    import gc

    import torch

    gc.collect()
    if device != "cpu":
        torch.cuda.empty_cache()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
