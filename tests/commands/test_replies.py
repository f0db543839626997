from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vsfa_data.caption.replies import Reply, Usage
from vsfa_data.caption.reply_cache import Asked, ReplyCache
from vsfa_data.cli import app
from vsfa_data.errors import UserError

ASKED = Asked(f"transformers 1; sha256:{'ab' * 32}", "What?", "1.0.0", {"max_new_tokens": 5})


@pytest.fixture
def out(tmp_path: Path) -> Path:
    cache = ReplyCache(tmp_path / "out" / "work" / "replies")
    cache.add("a" * 64, ASKED, Reply("A dog.", usage=Usage(1200, 20, 0.5)))
    cache.close()
    return tmp_path / "out"


def test_people_get_a_table(out: Path) -> None:
    result = CliRunner().invoke(app, ["replies", str(out)])
    assert result.exit_code == 0
    assert result.stderr == ""
    cells = [cell.strip() for cell in result.stdout.splitlines()[3].split("│")]
    assert cells[:7] == ["1", "0", "0", "1,200", "20", "0.50", "1.0.0"]
    assert "sha256" in result.stdout


def test_json_is_one_object(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(out.parent)
    result = CliRunner().invoke(app, ["replies", out.name, "--json"])
    (one,) = json.loads(result.stdout)["captioners"]
    assert (one["replies"], one["cost"], one["captioner"]) == (1, 0.5, ASKED.captioner)


def test_replies_travel_to_another_workspace(out: Path, tmp_path: Path) -> None:
    file, again = tmp_path / "replies.jsonl", tmp_path / "again"
    told = CliRunner().invoke(app, ["replies", str(out), "--export", str(file)])
    assert told.stderr.endswith("1 replies exported\n")
    result = CliRunner().invoke(app, ["replies", str(again), "--import", str(file), "--json"])
    assert json.loads(result.stdout)["imported"] == 1
    assert ReplyCache(again / "work" / "replies").find("a" * 64, ASKED) == Reply("A dog.")


def test_a_folder_without_replies_is_the_user_s_mistake(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["replies", str(tmp_path)])
    assert isinstance(result.exception, UserError)
