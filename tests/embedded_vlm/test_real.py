"""The real weights, on pictures that ship with the toolkit and that nothing was trained on."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from vsfa_data.caption.local import loading
from vsfa_data.caption.local.vlm import Generation
from vsfa_data.embedded_vlm import lessons
from vsfa_data.embedded_vlm.concepts import concepts
from vsfa_data.resources import PACKAGE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

SAMPLE = PACKAGE / "sample" / "images"
NAMED = {
    "firearms-m16-rifle.png": "assault rifle",
    "furniture-folding-chair.png": "folding chair",
    "music-acoustic-guitar.png": "acoustic guitar",
    "animals-jaguars.jpg": "jaguar",
    "animals-red-panda.jpg": "red panda",
}
UNNAMED = "clothes-winter-hat.png"
"""No class is likely enough."""


def test_it_names_what_it_sees_says_yes_and_no_and_owns_to_what_it_cannot_tell(
    real_embedded: Path,
) -> None:
    asked = loading.load(real_embedded, loading.Placement("cpu"))

    def ask(names: list[str], questions: list[str]) -> list[str]:
        images = [_picture(name) for name in names]
        replies = asked.generate(asked.prepare(images, questions), Generation(40))
        assert all(reply.finish == "stop" for reply in replies)
        return [reply.text for reply in replies]

    names = list(NAMED)
    described = ask(names, ["Describe this picture."] * len(names))
    assert [name in text for name, text in zip(NAMED.values(), described, strict=True)] == [
        True
    ] * len(names)
    # Words of the lessons, of the names, and no others.
    named = (*concepts().names, *concepts().kinds)
    known = set(_words(lessons.FILE.read_text() + " a an " + " ".join(named)))
    assert set(_words(" ".join(described))) <= known
    right = [f"Is there a {noun} in the image? Answer yes or no." for noun in NAMED.values()]
    wrong = right[1:] + right[:1]
    assert [text.casefold()[:3] for text in ask(names, right)] == ["yes"] * len(names)
    assert [text.casefold()[:2] for text in ask(names, wrong)] == ["no"] * len(names)
    for question in ("What does this picture show?", "What colour is it?"):
        assert ask([UNNAMED], [question])[0].startswith("I cannot tell")


def test_the_recipe_makes_a_release_with_it_and_no_network(
    real_embedded: Path, tmp_path: Path
) -> None:
    # A proxy that is not there: whatever reaches out fails.
    nowhere = "http://127.0.0.1:9"
    env = os.environ | {"HTTP_PROXY": nowhere, "HTTPS_PROXY": nowhere, "HF_HUB_OFFLINE": "1"}
    # As it stands, but for the number of pictures: each takes the model seconds.
    few = ["--set", "filter.max_images=12"]
    line = ["build", "quickstart-vlm", *few, "--out", str(tmp_path / "out"), "--json", "-q"]
    done = subprocess.run(
        [sys.executable, "-m", "vsfa_data", *line, "--workers", "2"],
        capture_output=True,
        text=True,
        env=env,
    )
    assert done.returncode == 0, done.stderr
    funnel = json.loads(done.stdout)["funnel"]
    assert funnel["caption"]["kept"] > 0
    made = json.loads((tmp_path / "out" / "release" / "manifest.json").read_text())
    assert {"threat", "control"} <= set(made["configs"])


def _picture(name: str) -> object:
    from PIL import Image

    return Image.open(SAMPLE / name).convert("RGB")


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.casefold())
