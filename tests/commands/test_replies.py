from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vsfa_data.caption.prompted.replies import Reply, Usage
from vsfa_data.caption.prompted.reply_cache import Asked, ReplyCache
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


def test_a_build_without_replies_says_how_it_comes_to_some(out: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    ReplyCache(empty / "work" / "replies").close()
    for given, end in ((empty, ""), (tmp_path / "uot", rf". Or is it {out}\?")):
        result = CliRunner().invoke(app, ["replies", str(given), "--export", str(tmp_path / "x")])
        assert isinstance(result.exception, UserError)
        assert re.search(rf"keeps no replies\. .* --import FILE{end}$", str(result.exception))
    assert not (tmp_path / "x").exists()


def test_nothing_is_taken_in_for_a_mistyped_folder(out: Path, tmp_path: Path) -> None:
    file, wrong = tmp_path / "replies.jsonl", tmp_path / "oout"
    CliRunner().invoke(app, ["replies", str(out), "--export", str(file)])
    given = ["replies", str(wrong), "--import", str(file)]
    result = CliRunner().invoke(app, given)
    assert isinstance(result.exception, UserError)
    assert str(result.exception).startswith(f"there is no folder {wrong} yet. Or is it {out}?")
    assert not wrong.exists()
    wrong.mkdir()
    assert CliRunner().invoke(app, given).stderr.endswith("1 replies imported\n")
