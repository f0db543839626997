from __future__ import annotations

import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.engines import stages_to_run
from tests.engines.running import RECIPE, run, shards
from vsfa_data.engines.local import LocalEngine
from vsfa_data.engines.work import Work
from vsfa_data.errors import SetupError
from vsfa_data.workspace import StageFolder


def test_a_stage_that_runs_alone_has_one_process_and_growing_groups(tmp_path: Path) -> None:
    assert run(tmp_path, stages_to_run.Alone, 3, count=9) == [1] * 9
    folder = StageFolder(tmp_path / "naming")
    rows = [pq.read_table(folder.rows(index)).to_pylist()[0] for index in range(9)]
    assert len({row["image_id"] for row in rows}) == 1
    process, helpers = rows[0]["image_id"].split()
    assert int(process) != os.getpid()
    assert helpers == "3"
    assert rows[0]["position"] == 1
    assert max(row["position"] for row in rows) > 1


@pytest.mark.timeout(60)
@pytest.mark.parametrize("seen", [None, "5,7"])
def test_each_gpu_has_a_process_that_sees_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seen: str | None
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if seen is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", seen)
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    monkeypatch.setenv("VSFA_TEST_MEETING", str(meeting))
    assert run(tmp_path, stages_to_run.OnCards, 4, count=12) == [1] * 12
    folder = StageFolder(tmp_path / "naming")
    made = [pq.read_table(folder.rows(at)).to_pylist()[0]["image_id"].split() for at in range(12)]
    assert {card for _, _, card in made} == set((seen or "0,1").split(","))
    assert len({process for process, _, _ in made}) == 2
    assert {helpers for _, helpers, _ in made} == {"2"}


def test_what_runs_alone_keeps_the_shards_it_finished(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="needs the extra 'embedded'"):
        run(tmp_path, stages_to_run.AloneAndMistaken, 2, count=1)
    assert StageFolder(tmp_path / "naming").has(0)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("workers", [0, 2])
def test_what_a_stage_says_while_it_waits_is_heard_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    heard = tmp_path / "heard"
    monkeypatch.setenv("HEARD", str(heard))
    said: list[str] = []

    def told(text: str) -> None:
        said.append(text)
        heard.touch()

    folder, done = StageFolder(tmp_path / "naming"), list[int]()
    folder.prepare({})
    stage = stages_to_run.AloneAndWaiting
    with LocalEngine(workers) as engine:
        work = Work(stage, RECIPE, folder.path, alone=bool(workers))
        engine.run(work, shards(3), done.append, told)
    assert said == ["waiting", ""]
