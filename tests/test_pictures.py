from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image, UnidentifiedImageError

from vsfa_data import pictures, resources


def test_a_normalised_file_becomes_rgb_pixels() -> None:
    data = (resources.PACKAGE / "sample" / "images" / "pets-kitten.jpg").read_bytes()
    image = pictures.decode(data)
    assert image.mode == "RGB"
    with Image.open(BytesIO(data)) as same:
        assert image.tobytes() == same.convert("RGB").tobytes()


def test_a_gray_file_becomes_rgb_too() -> None:
    file = BytesIO()
    Image.new("L", (3, 2), 128).save(file, "PNG")
    assert pictures.decode(file.getvalue()).getpixel((0, 0)) == (128, 128, 128)


def test_formats_that_collect_never_writes_are_not_even_tried() -> None:
    file = BytesIO()
    Image.new("RGB", (3, 2)).save(file, "GIF")
    with pytest.raises(UnidentifiedImageError):
        pictures.decode(file.getvalue())


def test_the_size_is_known_without_decoding() -> None:
    file = BytesIO()
    Image.new("L", (3, 2), 128).save(file, "PNG")
    assert pictures.size(file.getvalue()[:50]) == (3, 2)
