from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from PIL import Image

from tests.release import samples
from vsfa_data.release import charts, inventory
from vsfa_data.release.package import Packaged


def blue(data: bytes) -> list[int]:
    """Length of each bar, from top to bottom, in pixels."""
    with Image.open(BytesIO(data)) as picture:
        drawn = picture.convert("RGB")
    colour = (0x44, 0x77, 0xAA)
    rows = [
        sum(drawn.getpixel((x, y)) == colour for x in range(drawn.width))
        for y in range(drawn.height)
    ]
    return [row for row, above in zip(rows[1:], rows, strict=False) if row and not above]


def test_bars_are_as_long_as_the_numbers_of_the_manifest(release: Path) -> None:
    made = inventory.read_manifest(release)
    found = {name: (release / name).read_bytes() for name in charts.NAMES}
    assert found == charts.render(made)
    steps = [line for line in made.funnel.values() if line.unit == "images"]
    for name, counts in (
        (charts.FUNNEL, [steps[0].taken, *(line.kept for line in steps)]),
        (charts.CONTENT, [*made.configs["threat"].concepts.values(), *made.families.values()]),
    ):
        lengths = blue(found[name])
        assert len(lengths) == len(counts)
        assert len(found[name]) < 20_000
    lengths = blue(found[charts.FUNNEL])
    assert [round(one / lengths[0], 2) for one in lengths] == [
        round(count / steps[0].taken, 2) for count in [steps[0].taken, *(s.kept for s in steps)]
    ]


def test_the_card_shows_each_and_names_nothing_else(release: Path) -> None:
    text = (release / "README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)) == sorted(charts.NAMES)


def test_endless_and_hostile_labels_are_cut(make_release: Callable[..., Packaged]) -> None:
    made = inventory.read_manifest(make_release(samples.pictures(2)).path)
    many = {f"{samples.HOSTILE * 20} {n}": 5 for n in range(99)}
    data = charts.render(made.model_copy(update={"families": many}))[charts.CONTENT]
    with Image.open(BytesIO(data)) as picture:
        assert picture.width == 720
        assert picture.height < 1000
