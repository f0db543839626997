from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.engines import stages_to_run
from vsfa_data import recipe, tables
from vsfa_data.engines.local import LocalEngine, Work
from vsfa_data.errors import SetupError
from vsfa_data.stages import Shard
from vsfa_data.workspace import StageFolder

RECIPE = recipe.load("quickstart").model_dump(mode="json")
OUT_OF_MEMORY = (
    "a worker process died or ran out of memory. Run the same command again with fewer --workers "
    "or on a machine with more memory: finished shards are kept"
)


def shards(count: int, rows: int = 3) -> Iterator[Shard]:
    for index in range(count):
        yield Shard(
            index,
            candidates=tables.CANDIDATES.build(
                dict.fromkeys(tables.CANDIDATES.names)
                | {
                    "position": index * rows + row,
                    "source": "test",
                    "source_ref": f"{index}/{row}",
                    "data": b"",
                }
                for row in range(rows)
            ),
        )


def run(tmp_path: Path, stage: Any, workers: int, count: int = 5) -> list[int]:
    folder = StageFolder(tmp_path / "naming")
    folder.prepare({})
    done: list[int] = []
    with LocalEngine(workers) as engine:
        alone = stage.alone(None)
        cards = stage.cards(None)
        engine.run(Work(stage, RECIPE, folder.path, alone, cards), shards(count), done.append)
    return done


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


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_every_shard_is_written_whatever_the_number_of_workers(
    tmp_path: Path, workers: int
) -> None:
    assert run(tmp_path, stages_to_run.Naming, workers) == [3] * 5
    folder = StageFolder(tmp_path / "naming")
    names = [
        name
        for index in range(5)
        for name in pq.read_table(folder.rows(index)).column("image_id").to_pylist()
    ]
    assert names == [f"{index}/{row}" for index in range(5) for row in range(3)]


@pytest.mark.parametrize("workers", [0, 2])
def test_the_last_piece_of_a_shard_finds_what_the_early_ones_have_put_by(
    tmp_path: Path, workers: int
) -> None:
    folder = StageFolder(tmp_path / "naming")
    folder.prepare({})
    whole, other = shards(2)
    pieces = tuple(tmp_path / name for name in ("one", "two"))
    given = [*(replace(whole, put_at=path) for path in pieces), other]
    done: list[int] = []
    with LocalEngine(workers) as engine:
        work = Work(stages_to_run.Piecewise, RECIPE, folder.path)
        engine.run(work, [*given, replace(whole, put_by=pieces)], done.append)
    assert sorted(done) == [0, 0, 0, 2]
    names = pq.read_table(folder.rows(0))["image_id"].to_pylist()
    assert names == ["3 early", "3 early"]


def test_a_worker_computes_with_one_thread_in_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS")  # which the tests set for themselves
    run(tmp_path, stages_to_run.Threads, 2, count=1)
    seen = pq.read_table(StageFolder(tmp_path / "naming").rows(0)).column("image_id")[0].as_py()
    process, threads, has_pandas = seen.split()
    assert (threads, has_pandas) == ("1", "False")
    assert int(process) != os.getpid()


def test_a_users_mistake_in_a_worker_arrives_as_one_line(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"pip install 'vsfa-data\[embedded\]'$"):
        run(tmp_path, stages_to_run.Mistaken, 1)


def test_a_bug_in_a_worker_keeps_its_traceback(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        run(tmp_path, stages_to_run.Buggy, 1)
    assert "stages_to_run.py" in str(caught.value.__cause__)


def test_a_worker_that_dies_is_told_from_a_bug(tmp_path: Path) -> None:
    with pytest.raises(SetupError) as caught:
        run(tmp_path, stages_to_run.Dying, 1)
    assert str(caught.value) == OUT_OF_MEMORY


@pytest.mark.parametrize("workers", [0, 1])
def test_memory_that_runs_out_is_no_bug_and_costs_no_finished_shard(
    tmp_path: Path, workers: int
) -> None:
    with pytest.raises(SetupError) as caught:
        run(tmp_path, stages_to_run.Exhausting, workers, count=2)
    assert str(caught.value) == OUT_OF_MEMORY
    folder = StageFolder(tmp_path / "naming")
    assert [folder.rows(index).exists() for index in range(2)] == [True, False]


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    script = textwrap.dedent(
        f"""
        from pathlib import Path
        from tests.engines import test_local, stages_to_run
        if __name__ == "__main__":
            test_local.run(Path({str(tmp_path)!r}), stages_to_run.Waiting, 1)
        """
    )
    program = tmp_path / "program.py"
    program.write_text(script)
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, str(program)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(root)},
    ) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        os.kill(worker, 0)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and _runs(worker):
        time.sleep(0.05)
    assert not _runs(worker)


def _runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


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
