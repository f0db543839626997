from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.engines import stages_to_run
from tests.engines.running import RECIPE, run, shards
from vsfa_data.engines.local import LocalEngine
from vsfa_data.engines.work import Work
from vsfa_data.stages import Shard
from vsfa_data.workspace import StageFolder


def test_workers_get_ready_while_the_first_shard_of_candidates_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = tmp_path / "ready"
    monkeypatch.setenv("READY", str(ready))

    def late() -> Iterator[Shard]:
        deadline = time.monotonic() + 60
        while not ready.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield from shards(1)

    folder, done = StageFolder(tmp_path / "naming"), list[int]()
    folder.prepare({})
    with LocalEngine(1) as engine:
        engine.run(Work(stages_to_run.Ready, RECIPE, folder.path), late(), done.append)
    assert done == [3]


def test_a_worker_computes_with_one_thread_in_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS")  # which the tests set for themselves
    run(tmp_path, stages_to_run.Threads, 2, count=1)
    seen = pq.read_table(StageFolder(tmp_path / "naming").rows(0)).column("image_id")[0].as_py()
    process, threads, has_pandas = seen.split()
    assert (threads, has_pandas) == ("1", "False")
    assert int(process) != os.getpid()
