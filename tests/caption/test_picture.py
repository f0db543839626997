from __future__ import annotations

from io import BytesIO

from PIL import Image

from tests.caption.made import picture
from vsfa_data.caption.picture import Picture


def test_a_picture_knows_its_size_and_its_pixels() -> None:
    one = picture(Image.new("RGB", (7, 5), (1, 2, 3)))
    assert one.size == (7, 5)
    assert (one.decode().size, one.decode().getpixel((0, 0))) == ((7, 5), (1, 2, 3))


def test_it_says_what_its_bytes_are() -> None:
    jpeg = BytesIO()
    Image.new("RGB", (4, 4)).save(jpeg, "JPEG")
    assert Picture("a", jpeg.getvalue()).media_type == "image/jpeg"
    assert picture(Image.new("RGB", (4, 4))).media_type == "image/png"
