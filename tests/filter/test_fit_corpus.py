"""Which drawings the calibration is fitted on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vsfa_data.filter import fit_corpus
from vsfa_data.filter.fit_corpus import Drawing, drawings, picture


def noise(seed: int) -> Image.Image:
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8))
    return small.resize((80, 80), Image.Resampling.BICUBIC)


def put(root: Path, path: str, image: Image.Image) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    image.save(root / path)


def named(root: Path, stamps: Path | None = None) -> list[tuple[str, str]]:
    return [(one.path, one.label) for one in drawings(root, stamps)]


def test_threats_come_first_and_nothing_twice(tmp_path: Path) -> None:
    put(tmp_path, "tools/weapons/ak47.png", noise(1))
    put(tmp_path, "tools/weapons/copy_of_ak47.png", noise(1).resize((160, 160)))
    put(tmp_path, "animals/mammals/cow.png", noise(2))
    put(tmp_path, "food/rifle_on_a_plate.png", noise(1))
    put(tmp_path, "shapes/stars/star.png", noise(3))
    assert drawings(tmp_path) == [
        Drawing("tools/weapons/ak47.png", "firearms", tmp_path / "tools/weapons/ak47.png"),
        Drawing("animals/mammals/cow.png", "neutral", tmp_path / "animals/mammals/cow.png"),
    ]


def test_stamps_stand_beside_the_drawings(tmp_path: Path) -> None:
    root, stamps = tmp_path / "png", tmp_path / "elsewhere"
    put(root, "tools/weapons/ak47.png", noise(1))
    put(stamps, "military/vehicles/tank.png", noise(2))
    put(stamps, "military/vehicles/rifle.png", noise(1))  # a copy of the drawing
    put(stamps, "animals/birds/crow.png", noise(3))
    put(stamps, "symbols/chess/rook.png", noise(4))
    assert named(root, stamps) == [
        ("tools/weapons/ak47.png", "firearms"),
        ("stamps/military/vehicles/tank.png", "military_force"),
        ("stamps/animals/birds/crow.png", "neutral"),
    ]


def test_the_shipped_sample_and_its_likes_are_left_out(tmp_path: Path) -> None:
    put(tmp_path, "tools/weapons/sword_01.png", noise(1))  # is in sample.csv
    put(tmp_path, "tools/weapons/sword_again.png", noise(1))
    put(tmp_path, "tools/weapons/ak47.png", noise(2))
    assert named(tmp_path) == [("tools/weapons/ak47.png", "firearms")]


def test_small_elongated_and_huge_drawings_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit_corpus, "MAX_PIXELS", 100_000)
    put(tmp_path, "tools/weapons/a.png", noise(1))
    put(tmp_path, "tools/weapons/small.png", noise(2).resize((63, 80)))
    put(tmp_path, "tools/weapons/long.png", noise(3).resize((640, 79)))
    put(tmp_path, "tools/weapons/huge.png", noise(4).resize((400, 400)))
    assert named(tmp_path) == [("tools/weapons/a.png", "blades")]


def test_neutral_drawings_are_drawn_by_the_hash_of_their_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit_corpus, "NEUTRAL", 3)
    names = [f"food/{seed}.png" for seed in range(8)]
    for seed, name in enumerate(names):
        put(tmp_path, name, noise(seed))
    drawn = sorted(names, key=fit_corpus.draw)[:3]
    assert named(tmp_path) == [(name, "neutral") for name in drawn]


def test_a_drawing_stands_on_white_and_is_scaled_down(tmp_path: Path) -> None:
    image = Image.new("RGBA", (1024, 100), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (512, 0, 1024, 100))
    put(tmp_path, "a.png", image)
    found = picture(tmp_path / "a.png")
    assert (found.mode, found.size) == ("RGB", (512, 50))
    assert found.getpixel((10, 10)) == (255, 255, 255)
    assert found.getpixel((500, 10)) == (255, 0, 0)
