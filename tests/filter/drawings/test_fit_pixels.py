from __future__ import annotations

from tests.filter.drawings.conftest import RING, SWORD
from vsfa_data.filter.drawings.fit_pixels import SIDE_PX, pixels, render

BOX = (0, 0, 16, 16)


def test_lines_are_told_from_what_they_enclose() -> None:
    drawn = render(RING, BOX)
    assert drawn is not None
    found = pixels(drawn)
    assert found is not None
    assert found.lines
    assert found.planes.shape == (4, SIDE_PX, SIDE_PX)
    middle, corner = found.planes[:, SIDE_PX // 2, SIDE_PX // 2], found.planes[:, 0, 0]
    assert (middle[0], middle[3], corner[0], corner[3]) == (255, 0, 0, 0)
    assert found.planes[3, SIDE_PX // 2, 12] == 255  # it fills the square but for the margin


def test_colours_are_kept() -> None:
    drawn = render(SWORD, BOX)
    assert drawn is not None
    found = pixels(drawn)
    assert found is not None
    assert not found.lines
    assert found.planes[:, SIDE_PX // 2, SIDE_PX // 2].tolist() == [0xCC, 0x33, 0x33, 255]


def test_what_cannot_be_read_or_shows_nothing_is_left_out() -> None:
    assert render("<path", BOX) is None
    empty = render("", BOX)
    assert empty is not None
    assert pixels(empty) is None
