from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.collect import samples
from tests.collect.samples import chunk, decode, encode, photo, png
from vsfa_data.collect import colour


def levels(image: Image.Image) -> list[int]:
    return list(image.tobytes())


@pytest.mark.parametrize("name", ["PNG", "TIFF"])
def test_sixteen_bit_gray_is_scaled_not_clipped(name: str) -> None:
    values = np.array([[0, 128, 129, 256, 32_768, 65_280, 65_535]], np.uint16)
    image = decode(encode(Image.fromarray(values), name))
    assert image.mode == "I;16"
    widened = colour.widen(image)
    assert widened.mode == "L"
    assert levels(widened) == [round(int(value) * 255 / 65_535) for value in values[0]]


def test_sixteen_bit_gray_of_the_other_byte_order() -> None:
    assert levels(colour.widen(Image.new("I;16B", (2, 1), 65_535))) == [255, 255]


def test_sixteen_bit_gray_with_a_transparent_level() -> None:
    rows = b"\0" + struct.pack(">3H", 1_000, 1_001, 65_535)
    image = decode(png((3, 1), (16, 0), rows, chunk(b"tRNS", struct.pack(">H", 1_000))))
    widened = colour.widen(image)
    assert (widened.mode, levels(widened)) == ("LA", [4, 0, 4, 255, 255, 255])


@pytest.mark.parametrize(
    ("mode", "values", "expected"),
    [
        ("I", [0, 100, 255], [0, 100, 255]),
        ("I", [0, 257, 65_535], [0, 1, 255]),
        ("I", [-10, 0, 10], [0, 128, 255]),
        ("I", [-(2**31), 0, 2**31 - 1], [0, 128, 255]),
        ("F", [0.0, 0.5, 1.0], [0, 128, 255]),
        ("F", [0.0, 99.6, 255.0], [0, 100, 255]),
        ("F", [-1.0, 0.0, 1.0], [0, 128, 255]),
        ("F", [float("nan"), 1.0, float("inf")], [0, 255, 0]),
        ("F", [-3e38, 0.0, 3e38], [0, 128, 255]),
        ("F", [0.0, 0.0, 0.0], [0, 0, 0]),
        ("F", [-7.0, -7.0, -7.0], [0, 0, 0]),
    ],
)
def test_wide_gray(mode: str, values: list[float], expected: list[int]) -> None:
    kind = np.int32 if mode == "I" else np.float32
    image = Image.fromarray(np.array([values], kind))
    assert image.mode == mode
    assert levels(colour.widen(image)) == expected


@pytest.mark.parametrize("bits", [1, 8])
def test_gray_with_a_transparent_level(bits: int) -> None:
    rows = b"\0\x80" if bits == 1 else b"\0\xff\x00"
    extra = chunk(b"tRNS", struct.pack(">H", 0))
    widened = colour.widen(decode(png((2, 1), (bits, 0), rows, extra)))
    assert (widened.mode, levels(widened)) == ("LA", [255, 255, 0, 0])


def test_sixteen_bit_colour_with_a_transparent_colour() -> None:
    rows = b"\0" + struct.pack(">6H", 1_000, 2_000, 3_000, 65_535, 0, 0)
    extra = chunk(b"tRNS", struct.pack(">3H", 1_000, 2_000, 3_000))
    widened = colour.widen(decode(png((2, 1), (16, 2), rows, extra)))
    assert (widened.mode, levels(widened)) == ("RGBA", [3, 7, 11, 0, 255, 0, 0, 255])


def test_palette_with_transparency() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    for transparency, alpha in ((0, [0, 255]), (b"\x80\x40", [128, 64])):
        widened = colour.widen(decode(encode(image, "PNG", transparency=transparency)))
        assert widened.mode == "RGBA"
        assert levels(widened) == [10, 20, 30, alpha[0], 40, 50, 60, alpha[1]]
    assert levels(colour.widen(decode(encode(image, "PNG")))) == [10, 20, 30, 40, 50, 60]


@pytest.mark.parametrize(
    ("mode", "widened"),
    [
        ("1", "L"),
        ("L", "L"),
        ("LA", "LA"),
        ("La", "LA"),
        ("P", "RGB"),
        ("PA", "RGBA"),
        ("RGB", "RGB"),
        ("RGBA", "RGBA"),
        ("RGBa", "RGBA"),
        ("RGBX", "RGB"),
        ("CMYK", "CMYK"),
        ("YCbCr", "RGB"),
        ("LAB", "RGB"),
        ("HSV", "RGB"),
        ("I", "L"),
        ("F", "L"),
        ("I;16", "L"),
    ],
)
def test_every_mode_comes_out_as_gray_or_colour(mode: str, widened: str) -> None:
    image = colour.widen(Image.new(mode, (20, 20)))
    assert image.mode == widened
    assert colour.flatten(colour.to_srgb(image, None)).mode in {"L", "RGB"}


def test_bilevel_is_black_and_white() -> None:
    image = Image.new("1", (2, 1))
    image.putpixel((0, 0), 1)
    assert levels(colour.widen(image)) == [255, 0]


def test_gray_with_alpha_stays_gray_on_white() -> None:
    image = Image.merge("LA", (Image.new("L", (1, 1), 100), Image.new("L", (1, 1), 51)))
    flat = colour.flatten(image)
    assert (flat.mode, levels(flat)) == ("L", [224])


def test_profile_that_is_srgb_in_effect_is_none() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert colour.profile_of(srgb, "RGB") is None
    assert colour.profile_of(srgb, "RGBA") is None


@pytest.mark.parametrize("data", [None, b"", b"no profile", "text", b"\0" * 200])
def test_missing_or_broken_profile_is_none(data: object) -> None:
    assert colour.profile_of(data, "RGB") is None


def test_profile_for_another_kind_of_picture_is_none() -> None:
    assert colour.profile_of(samples.wide_gamut_profile(), "L") is None
    assert colour.profile_of(samples.dark_gray_profile(), "RGB") is None
    assert colour.profile_of(samples.wide_gamut_profile(), "CMYK") is None


def test_cut_profile_is_none_or_harmless() -> None:
    data = samples.wide_gamut_profile()
    for length in range(0, len(data), 7):
        profile = colour.profile_of(data[:length], "RGB")
        assert colour.to_srgb(photo(8, 8), profile).mode == "RGB"


def test_profile_keeps_alpha() -> None:
    profile = colour.profile_of(samples.wide_gamut_profile(), "RGBA")
    assert profile is not None
    converted = colour.to_srgb(Image.new("RGBA", (1, 1), (60, 180, 90, 77)), profile)
    red, green, blue, alpha = levels(converted)
    assert (red, green, blue) == pytest.approx((0, 181, 85), abs=4)
    assert alpha == 77


def test_gray_profile_leaves_gray() -> None:
    profile = colour.profile_of(samples.dark_gray_profile(), "LA")
    assert profile is not None
    image = Image.merge("LA", (Image.new("L", (1, 1), 55), Image.new("L", (1, 1), 9)))
    converted = colour.to_srgb(image, profile)
    # 55/255 of white's light is level 128 in sRGB.
    assert (converted.mode, levels(converted)) == ("LA", [pytest.approx(128, abs=2), 9])


def test_picture_given_is_not_changed() -> None:
    image = Image.new("RGBA", (1, 1), (1, 2, 3, 4))
    colour.flatten(colour.to_srgb(image, colour.profile_of(samples.wide_gamut_profile(), "RGBA")))
    assert (image.mode, levels(image)) == ("RGBA", [1, 2, 3, 4])
