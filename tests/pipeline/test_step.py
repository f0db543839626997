from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from PIL import Image

from tests.pipeline.building import run
from vsfa_data.errors import UserError
from vsfa_data.pipeline import STEPS


def test_the_funnel_adds_up(quickstart: Path) -> None:
    funnel = json.loads((quickstart / "release" / "manifest.json").read_text())["funnel"]
    assert list(funnel) == list(STEPS)
    for line in funnel.values():
        assert line["in"] == line["kept"] + sum(line["rejected"].values())
    images = [funnel[step] for step in ("collect", "filter", "caption", "release")]
    for before, after in itertools.pairwise(images):
        assert after["in"] == before["kept"]
    assert funnel["collect"]["in"] == 71
    assert funnel["collect"]["rejected"] == {}


def test_nothing_left_to_build_from_is_said_in_one_line_with_reasons(tmp_path: Path) -> None:
    source = tmp_path / "notes"
    source.mkdir()
    (source / "a.txt").write_text("no picture")
    (source / "b.txt").write_text("nor this")
    Image.effect_noise((99, 99), 50).save(source / "c.png")
    sets = (f"collect.sources.0.path={source}", "collect.sources.0.sidecar=null")
    found = r"^collect kept none of 3 images \(2 not_an_image, 1 license_unknown\); .*"
    with pytest.raises(UserError, match=found + r"--set collect.keep_unlicensed=true\. Each "):
        run(tmp_path / "out", *sets, "collect.sources.0.license=null")
