from __future__ import annotations

from pathlib import Path

import pytest

from tests.caption.chat_server import MODEL, Answer, serving
from tests.pipeline.building import run
from vsfa_data import recipe
from vsfa_data.errors import SetupError, UserError
from vsfa_data.pipeline import Job, Quiet, build


@pytest.mark.parametrize(("out", "source"), [("in/out", "in"), ("in", "in"), (".", "work/mine")])
def test_a_build_does_not_collect_its_own_files(tmp_path: Path, out: str, source: str) -> None:
    pictures = tmp_path / source
    pictures.mkdir(parents=True)
    (pictures / "a.txt").write_text("")
    sets = (f"collect.sources.0.path={pictures}", "collect.sources.0.sidecar=null")
    with pytest.raises(UserError, match=r"overlap: a build would collect its own files"):
        run(tmp_path / out, *sets)
    assert [path.name for path in pictures.iterdir()] == ["a.txt"]


def test_a_server_without_completions_ends_a_build_before_anything_is_made(tmp_path: Path) -> None:
    out = tmp_path / "out"
    data = recipe.load("quickstart").model_dump(mode="json")
    with serving(lambda _: Answer(b"<html>Log in")) as server:
        data["caption"] = {"captioner": "endpoint", "model": MODEL, "url": server.url}
        with pytest.raises(SetupError, match=r"gives no completion: 200 .* <html>Log in"):
            build(Job(recipe.parse(data), out, workers=0), Quiet())
        assert not out.exists()
        seen = len(server.seen)
        # Who stops before captions has nobody to ask for them.
        data["collect"]["limit"] = 1
        build(Job(recipe.parse(data), out, "collect", workers=0), Quiet())
        assert len(server.seen) == seen == 2
