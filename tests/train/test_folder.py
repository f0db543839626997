from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vsfa_data.errors import UserError, WorkspaceError
from vsfa_data.release.manifest import describe
from vsfa_data.train import folder as module
from vsfa_data.train import work
from vsfa_data.train.folder import RUN, WEIGHTS, RunFolder, differences
from vsfa_data.workspace import Workspace

FACTS = {"rank": 16, "seed": 0, "limit": None}


def checkpoint(folder: RunFolder, step: int, *, whole: bool) -> None:
    (folder.checkpoints / f"checkpoint-{step}").mkdir(parents=True)
    if whole:
        folder.mark(step)


def finish(folder: RunFolder, facts: dict[str, object]) -> None:
    folder.adapter.mkdir(parents=True)
    (folder.adapter / WEIGHTS).write_bytes(b"weights")
    digest = describe(folder.adapter / WEIGHTS).sha256
    (folder.adapter / RUN).write_text(json.dumps({"made_from": facts, "weights_sha256": digest}))


def test_a_start_that_comes_to_nothing_leaves_nothing(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "out") as folder:
        folder.claim(FACTS, restart=False)
        folder.data.mkdir()
    assert not (tmp_path / "out").exists()


def test_a_run_with_a_checkpoint_is_kept_and_gone_on_from(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "out") as folder:
        folder.claim(FACTS, restart=False)
        for step in (5, 10):
            checkpoint(folder, step, whole=True)
        checkpoint(folder, 15, whole=False)
    with RunFolder(tmp_path / "out") as folder:
        folder.claim(FACTS, restart=False)
        newest = folder.newest_checkpoint()
        assert newest is not None
        assert newest.name == "checkpoint-10"
        assert not (folder.checkpoints / "checkpoint-15").exists()


def test_conversations_that_another_start_has_left_are_not_learned_from(tmp_path: Path) -> None:
    killed = RunFolder(tmp_path / "out")
    killed.work.mkdir(parents=True)
    assert not killed.claim(FACTS, restart=False)
    killed.data.mkdir()
    with RunFolder(tmp_path / "out") as folder:
        # The same run takes them, and says that nothing else was left to go on from.
        assert folder.claim(FACTS, restart=False)
        assert folder.data.exists()
        assert not folder.claim(FACTS | {"dataset": "another"}, restart=False)
        assert not folder.data.exists()


def test_a_run_with_other_settings_is_not_mixed_in(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "out") as folder:
        folder.claim(FACTS, restart=False)
        checkpoint(folder, 5, whole=True)
    with RunFolder(tmp_path / "out") as folder:
        with pytest.raises(UserError, match=r"\(rank: 16 -> 8\).*replace it with --restart"):
            folder.claim(FACTS | {"rank": 8}, restart=False)
        assert folder.newest_checkpoint() is not None
        folder.claim(FACTS | {"rank": 8}, restart=True)
        assert folder.newest_checkpoint() is None


def test_a_finished_adapter_is_known_by_what_it_was_made_from(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "out")
    finish(folder, FACTS)
    assert folder.finished(FACTS) is not None
    assert folder.finished(FACTS | {"seed": 1}) is None
    with folder, pytest.raises(UserError, match=r"seed: 0 -> 1"):
        folder.claim(FACTS | {"seed": 1}, restart=False)
    assert folder.finished(FACTS) is not None
    (folder.adapter / WEIGHTS).write_bytes(b"other")
    assert folder.finished(FACTS) is None


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    with (
        RunFolder(tmp_path / "out"),
        pytest.raises(WorkspaceError, match=r"is in use by process"),
        RunFolder(tmp_path / "out"),
    ):
        pass


def test_a_folder_is_cleared_before_it_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who came between the two lost what had just been begun."""
    out, told = tmp_path / "out", []

    def clear(*given: Any) -> None:
        with pytest.raises(WorkspaceError, match="is in use by") as refused:
            Workspace(out).__enter__()
        told.append(str(refused.value))
        work.clear(*given)

    monkeypatch.setattr(module, "clear", clear)
    with RunFolder(out) as folder:
        folder.claim(FACTS, restart=False)
    assert len(told) == 1
    assert not out.exists()


def test_differences_are_said_shortly() -> None:
    before = {"a": 1, "b": 2, "c": "x" * 99, "d": None, "same": [1]}
    after = {"a": 2, "b": 3, "c": "y", "d": 5, "same": (1,)}
    said = differences(before, after)
    assert said.startswith("a: 1 -> 2, b: 2 -> 3, c: xxx")
    assert said.endswith("... -> y, and 1 more")
