"""The recipe `vlm`, whole: a tiny model that has learnt to answer describes the sample."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from tests.caption import taught
from tests.caption.chat_server import MODEL, Answer, Asked, describes, serving
from vsfa_data import recipe
from vsfa_data.caption.local import loading
from vsfa_data.caption.prompted import reply_files
from vsfa_data.errors import SetupError, UserError
from vsfa_data.pipeline import Built, Job, Quiet, build


@pytest.fixture(scope="module")
def started(quickstart: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An --out folder in which the quickstart's pictures are collected and selected already."""
    out = tmp_path_factory.mktemp("vlm") / "out"
    for stage in ("collect", "dedupe", "score", "select"):
        shutil.copytree(quickstart / "work" / stage, out / "work" / stage)
    return out


@pytest.fixture(scope="module")
def made(started: Path) -> dict[str, Any]:
    """What the command says of a build with two worker processes."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "vsfa_data", "build", "vlm", "--out", str(started), "--json"),
            *("--set", f"caption.model={taught.checkpoint()}", "--set", "caption.device=cpu"),
            *("--workers", "2", "--set", "caption.topics_per_image=0"),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def captions(out: Path) -> list[dict[str, Any]]:
    files = sorted((out / "work" / "caption").glob("part-*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def test_every_selected_picture_is_described_and_asked_about(
    made: dict[str, Any], started: Path
) -> None:
    line = made["funnel"]["caption"]
    assert line["in"] == made["funnel"]["filter"]["kept"]
    assert line["in"] == line["kept"] + sum(line["rejected"].values())
    rows = captions(started)
    assert len(rows) == line["kept"] > 10
    # It has learnt from plain pictures: what is neither dark nor bright it may well garble.
    learnt = [row for row in rows if row["caption"] in {taught.DARK, taught.BRIGHT}]
    assert len(learnt) > len(rows) / 2
    assert {row["facts"]["subject"] for row in learnt} - {None} == {"kettle", "teapot"}
    assert {row["captioner"] for row in rows} == {"transformers"}
    files = sorted((started / "work" / "ask").glob("part-*.parquet"))
    families = {row["family"] for file in files for row in pq.read_table(file).to_pylist()}
    assert {"description", "main_subject", "presence", "dominant_colours"} <= families


def test_the_release_verifies_and_names_the_model_by_its_bytes(
    made: dict[str, Any], started: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "vsfa_data", "verify", str(started)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    manifest = (started / "release" / "manifest.json").read_text()
    assert "transformers 1; sha256:" in manifest
    assert str(taught.checkpoint()) not in manifest


def rebuild(out: Path, *overrides: str) -> Built:
    chosen = recipe.load("vlm", ("caption.topics_per_image=0", *overrides))
    return build(Job(chosen, out, until="caption", workers=0), Quiet())


def test_a_rebuild_replays_every_reply_without_loading_the_model(
    made: dict[str, Any], started: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = captions(started)
    # They are taken from the file that is shipped beside a release.
    shipped, kept = tmp_path / "replies.jsonl", started / "work" / "replies"
    assert reply_files.export(kept, shipped) >= len(before)
    for folder in (kept, started / "work" / "caption"):
        shutil.rmtree(folder)
    reply_files.take_in(kept, shipped)

    def never(*_: Any) -> Any:
        raise AssertionError("the model was loaded")

    monkeypatch.setattr(loading, "load", never)
    # The same bytes elsewhere are the same model, and where it runs is chance.
    elsewhere = shutil.copytree(taught.checkpoint(), tmp_path / "elsewhere")
    built = rebuild(started, f"caption.model={elsewhere}", "caption.batch_size=3")
    assert built.funnel["caption"] == made["funnel"]["caption"]
    assert captions(started) == before


def test_a_server_may_describe_the_same_pictures(
    made: dict[str, Any], started: Path, tmp_path: Path
) -> None:
    data = recipe.load("vlm").model_dump(mode="json")
    with serving() as server:
        data["caption"] = {"captioner": "endpoint", "model": MODEL, "url": server.url}
        built = build(Job(recipe.parse(data), started, until="ask", workers=1), Quiet())
    assert built.funnel["caption"]["kept"] == made["funnel"]["caption"]["in"]
    assert {row["captioner"] for row in captions(started)} == {"endpoint"}
    assert len(server.seen) == 1 + 7 * built.funnel["caption"]["kept"]
    shards = sorted((started / "work" / "ask").glob("part-*.parquet"))
    asked = [row for shard in shards for row in pq.read_table(shard).to_pylist()]
    told = [row for row in asked if row["answer_source"] == "captioner"]
    # It says the same of many pictures, which is kept of one of them.
    things = ("cup", "lamp", "chair", "book")
    assert {row["answer"] for row in told} <= {f"The {one} is made of wood." for one in things} | {
        "No."
    }
    assert len(told) > 20
    assert built.funnel["ask"]["rejected"]["duplicate_answer"] > 10
    # The server is gone by now. Nobody asks for it while all captions are there.
    data["ask"]["pairs_per_image"] = 2
    built = build(Job(recipe.parse(data), started, until="ask", workers=0), Quiet())
    assert built.stages["caption"]["status"] == "reused"
    assert built.stages["ask"]["status"] == "recomputed"
    # Once pictures are to be selected anew, it is asked for before that.
    data["filter"]["max_per_concept"] = 1
    other = shutil.copytree(started, tmp_path / "out")
    with pytest.raises(UserError, match="no server answers at"):
        build(Job(recipe.parse(data), other, until="ask", workers=0), Quiet())
    assert list((other / "work" / "score").glob("part-*"))
    assert not list((other / "work" / "select").glob("part-*"))


def test_a_killed_build_asks_nothing_twice_but_what_was_on_its_way(
    started: Path, tmp_path: Path
) -> None:
    """Killed in the middle of a shard, which then begins anew and finds its replies."""

    def slowly(asked: Asked) -> Answer:
        answer = describes(asked)
        answer.delay_s = 0.03
        return answer

    out = tmp_path / "out"
    for stage in ("collect", "dedupe", "score", "select"):
        shutil.copytree(started / "work" / stage, out / "work" / stage)
    with serving(slowly) as server:
        data = recipe.load("vlm").model_dump(mode="json")
        options = {"captioner": "endpoint", "model": MODEL, "url": server.url, "max_concurrency": 2}
        file = tmp_path / "mine.yaml"
        file.write_text(yaml.safe_dump(data | {"caption": options}))
        command = [sys.executable, "-m", "vsfa_data", "caption", str(file), "--out", str(out)]
        killed = subprocess.Popen([*command, "--workers", "0"], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while len(server.seen) < 25 and time.monotonic() < deadline:
            time.sleep(0.01)
        killed.kill()
        killed.wait()
        before = len(server.seen)
        assert 25 <= before < 60
        done = subprocess.run([*command, "--workers", "0"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        distinct = {(asked.image, asked.prompt) for asked in server.seen}
        trials = 2  # each run begins with one, about the same picture
        assert len(server.seen) - len(distinct) <= 2 + trials - 1


def test_a_model_is_asked_for_before_any_work_is_done(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "vsfa_data", "build", "vlm", "--out", str(tmp_path / "out")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: caption.model is not given")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out" / "work" / "collect").exists()


def test_a_text_model_is_refused_before_any_work_is_done(tmp_path: Path) -> None:
    folder = shutil.copytree(taught.checkpoint(), tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "llama"}))
    with pytest.raises(SetupError, match="is a llama model"):
        rebuild(tmp_path / "out", f"caption.model={folder}")
    assert not (tmp_path / "out" / "work" / "collect").exists()
