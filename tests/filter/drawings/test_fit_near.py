from __future__ import annotations

from PIL import Image

from tests.filter.drawings.conftest import RING, SWORD
from vsfa_data.filter.drawings.fit_near import hashes, is_near, on_white
from vsfa_data.filter.drawings.fit_pixels import render


def test_a_copy_in_another_size_with_a_margin_is_near() -> None:
    ring, sword = render(RING, (0, 0, 16, 16)), render(SWORD, (0, 0, 16, 16))
    assert ring is not None
    assert sword is not None
    paper = Image.new("RGB", (300, 300), "white")
    paper.paste(on_white(sword)[1].resize((180, 180)), (60, 60))
    box = (60, 60, 240, 240)
    measured = hashes([paper.crop(box)])
    assert is_near(sword, measured)
    assert not is_near(ring, measured)
