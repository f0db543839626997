"""Questions and answers, made and checked: pairs a second on one core."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow.parquet as pq

from benchmarks.row import Row
from tests.ask import invented
from tests.ask.test_stage import _grounded, _modelled, _recipe, _selected
from vsfa_data import embedded, tables
from vsfa_data.ask import meaning
from vsfa_data.ask.balance import BalanceStage
from vsfa_data.ask.stage import AskStage
from vsfa_data.stages import Shard

IMAGES = 4000
MODELLED = 200


def measure() -> Iterator[Row]:
    """Pairs that the stage `ask` makes and checks, then those that `balance` chooses among."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as folder:
        rows = invented.images(IMAGES)
        asked, seconds = _ask(rows, Path(folder))
        yield Row(
            "ask: pairs made and checked", asked.rows.num_rows / seconds, 5000.0, "pairs/s", ">= 1"
        )
        shard = _written(Path(folder), asked=asked.rows, selection=_selected(rows, _pairs(rows)))
        started = time.process_time()
        (chosen,) = BalanceStage(_recipe()).process([shard])
        seconds = time.process_time() - started
        yield Row("ask: pairs chosen among", chosen.counted / seconds, 5000.0, "pairs/s", ">= 1")
        modelled = [
            _modelled(n, f"A tool of kind {n} lies on a table.", setting=f"It is room {n}.")
            for n in range(MODELLED)
        ]
        _ask(modelled[:2], Path(folder))  # loads the encoder
        for what, works in (("new to it", "abc"), ("read in an earlier run", "aaa")):
            rate = median(_rate_with_model(modelled[2:], Path(folder), work) for work in works)
            yield Row(f"ask: two sentences an image, {what}", rate, 5000.0, "pairs/s", ">= 1")
        yield _encoder([one["caption"] for one in modelled])


def _rate_with_model(rows: list[dict[str, Any]], folder: Path, work: str) -> float:
    """Pairs a second about `rows`, with the verdicts that are kept in `work` and no others."""
    meaning.forget()
    again, seconds = _ask(rows, folder, folder / work)
    return float(again.counted / seconds)


def _pairs(rows: list[dict[str, Any]]) -> dict[str, str]:
    ids = [row["image_id"] for row in rows]
    half = len(ids) // 2
    return dict(zip(ids[:half], ids[half:], strict=True))


def _encoder(sentences: list[str]) -> Row:
    """Sentences a second that are judged, against the bare encoder on tokens that lie ready."""
    import torch

    model = embedded.text_model()
    ids = [model.tokenizer.encode(one).ids for one in sentences]
    length = max(map(len, ids))
    tokens = torch.tensor([one for one in ids if len(one) == length])
    torch.set_num_threads(1)
    ours = bare = 1e9
    for _ in range(5):
        meaning.forget()
        started = time.process_time()
        meaning.learn(sentences)
        ours = min(ours, (time.process_time() - started) / len(sentences))
        started = time.process_time()
        with torch.inference_mode():
            for start in range(0, len(tokens), 32):
                model.model(input_ids=tokens[start : start + 32])
        bare = min(bare, (time.process_time() - started) / len(tokens))
    return Row("ask: sentences judged / bare encoder", 1 / ours, 1 / bare, "sentences/s", ">= 0.9")


def _ask(rows: list[dict[str, Any]], folder: Path, work: Path | None = None) -> tuple[Any, float]:
    stage = AskStage(_recipe())
    stage.open()
    captions = tables.CAPTIONS.build(rows)
    selection = _selected(rows, _pairs(rows))
    shard = _written(folder, captions=captions, grounded=_grounded(rows), selection=selection)
    shard = replace(shard, work=work)
    started = time.process_time()
    return stage.process(shard), time.process_time() - started


def _written(folder: Path, **written: Any) -> Shard:
    files = {}
    for name, table in written.items():
        files[name] = folder / f"{name}.parquet"
        pq.write_table(table, files[name])
    return Shard(0, files)
