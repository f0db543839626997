from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.engines import stages_to_run
from tests.engines.running import RECIPE, run, shards
from vsfa_data.engines.local import LocalEngine
from vsfa_data.engines.work import Work
from vsfa_data.errors import SetupError
from vsfa_data.workspace import StageFolder

OUT_OF_MEMORY = (
    "a worker process died or ran out of memory. Run the same command again with fewer --workers "
    "or on a machine with more memory: finished shards are kept"
)


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
        from tests.engines import running, stages_to_run
        if __name__ == "__main__":
            running.run(Path({str(tmp_path)!r}), stages_to_run.Waiting, 1)
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
