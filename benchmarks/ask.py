"""Questions and answers, made and checked: pairs a second on one core."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks.row import Row
from tests.ask import invented
from tests.ask.test_stage import _modelled, _recipe, _selected
from vsfa_data import tables
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
        again, seconds = _ask(modelled[2:], Path(folder))
        yield Row(
            "ask: with two sentences of a model an image",
            again.counted / seconds,
            5000.0,
            "pairs/s",
            ">= 1",
        )


def _pairs(rows: list[dict[str, Any]]) -> dict[str, str]:
    ids = [row["image_id"] for row in rows]
    half = len(ids) // 2
    return dict(zip(ids[:half], ids[half:], strict=True))


def _ask(rows: list[dict[str, Any]], folder: Path) -> tuple[Any, float]:
    stage = AskStage(_recipe())
    stage.open()
    captions = tables.CAPTIONS.build(rows)
    shard = _written(folder, captions=captions, selection=_selected(rows, _pairs(rows)))
    started = time.process_time()
    return stage.process(shard), time.process_time() - started


def _written(folder: Path, **written: Any) -> Shard:
    files = {}
    for name, table in written.items():
        files[name] = folder / f"{name}.parquet"
        pq.write_table(table, files[name])
    return Shard(0, files)
