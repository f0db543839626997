from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.building import run
from vsfa_data.errors import UserError


@pytest.mark.parametrize(("out", "source"), [("in/out", "in"), ("in", "in"), (".", "work/mine")])
def test_a_build_does_not_collect_its_own_files(tmp_path: Path, out: str, source: str) -> None:
    pictures = tmp_path / source
    pictures.mkdir(parents=True)
    (pictures / "a.txt").write_text("")
    sets = (f"collect.sources.0.path={pictures}", "collect.sources.0.sidecar=null")
    with pytest.raises(UserError, match=r"overlap: a build would collect its own files"):
        run(tmp_path / out, *sets)
    assert [path.name for path in pictures.iterdir()] == ["a.txt"]
