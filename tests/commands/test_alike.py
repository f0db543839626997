from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from tests.commands.test_forget import vsfa
from vsfa_data.commands.alike import told


def test_what_could_take_its_place_is_told(sample_copy: Path, tmp_path: Path) -> None:
    source = min(sample_copy.glob("*.*g"))
    folder = tmp_path / "few"
    folder.mkdir()
    with Image.open(source) as image:
        plain = image.convert("RGB")
        plain.save(folder / "a.png")
        plain.save(folder / "copy.png", compress_level=1)
        plain.save(folder / "b c.jpg", quality=60)
        plain.transpose(Image.Transpose.FLIP_LEFT_RIGHT).rotate(90).save(folder / "other.png")
    options = ["--out", str(tmp_path / "out"), "--set", f"collect.sources.0.path={folder}"]
    options += ["--set", "collect.sources.0.sidecar=null", "--set", "collect.keep_unlicensed=true"]
    assert vsfa("collect", *options, "--workers", "1", "--quiet").returncode == 0
    done = vsfa("collect", *options, "--forget", "a.png", "--forget", "0123456789abcdef")
    first, second, third, _ = done.stderr.splitlines()
    assert first == "a.png: 1 collected image"
    assert second.startswith("1 other collected picture is a near-duplicate of it")
    assert second.endswith("run the same command with --forget 'b c.jpg'")
    assert "an image_id has 64 hexadecimal digits, not 16" in third
    both = vsfa("collect", *options, "--forget", "a.png", "--forget", "b c.jpg", "--json")
    assert json.loads(both.stdout)["alike"] == {}


def test_of_many_some_are_named() -> None:
    said = told([f"{number}.png" for number in range(7)])
    assert said.startswith("7 other collected pictures are near-duplicates of it")
    assert said.endswith("--forget 3.png --forget 4.png, then again for the rest")
