from __future__ import annotations

import pytest
from PIL import Image

from tests.collect.samples import photo
from vsfa_data.collect import arrow, resample


def test_it_is_the_pixels_row_after_row() -> None:
    image = photo(37, 23).convert("RGB")
    found = arrow.pixels(image)
    assert found is not None
    assert Image.frombytes("RGB", image.size, found, "raw", "RGBX").tobytes() == image.tobytes()
    assert len(found) == 4 * 37 * 23


@pytest.mark.parametrize("mode", ["L", "1", "P"])
def test_other_images_have_none(mode: str) -> None:
    assert arrow.pixels(photo(16, 16).convert(mode)) is None


def test_an_image_in_several_blocks_is_shrunk_to_the_same_bytes() -> None:
    whole = photo(1600, 1200).convert("RGB")
    usual = Image.core.get_block_size()
    Image.core.set_block_size(2**20)
    try:
        parted = whole.copy()
    finally:
        Image.core.set_block_size(usual)
    assert arrow.pixels(parted) is None
    assert arrow.pixels(whole) is not None
    one, other = (
        resample.shrunk(i, (160, 120), (0.0, 0.0, 1600.0, 1200.0)) for i in (whole, parted)
    )
    assert one.tobytes() == other.tobytes()
