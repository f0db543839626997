from __future__ import annotations

import hashlib
import struct
import warnings
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import imagehash
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from tests.collect import samples
from tests.collect.samples import SMALL, encode, photo
from vsfa_data.collect import jpeg
from vsfa_data.collect.normalise import normalise
from vsfa_data.collect.normalised import Limits
from vsfa_data.collect.rejected import Rejected
from vsfa_data.pictures import decode
from vsfa_data.recipe import CollectSection, SourceSection
from vsfa_data.resources import PACKAGE


def pixels(image: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    return np.asarray(image).astype(np.int16)


def reason(data: bytes, limits: Limits = SMALL) -> tuple[str, str | None]:
    with pytest.raises(Rejected) as caught:
        normalise(data, limits)
    return caught.value.reason, caught.value.detail


def png_chunks(data: bytes) -> list[bytes]:
    names, place = [], 8
    while place < len(data):
        length, name = struct.unpack_from(">I4s", data, place)
        names.append(name)
        place += 12 + length
    return names


def test_limits_come_from_the_recipe() -> None:
    section = CollectSection(
        sources=(SourceSection(source="folder"),),
        min_side_px=1,
        max_side_px=17,
        max_aspect=3.0,
        max_pixels=5,
    )
    assert Limits.of(section) == Limits(1, 17, 3.0, 5)
    defaults = CollectSection(sources=(SourceSection(source="folder"),))
    assert Limits.of(defaults) == Limits()


def test_result_says_what_the_bytes_are() -> None:
    found = normalise(encode(photo(), "PNG"), SMALL)
    assert found.image_id == hashlib.sha256(found.image).hexdigest()
    assert (found.format, found.width, found.height) == ("png", 96, 64)
    assert found.phash == str(imagehash.phash(decode(found.image)))
    assert len(found.phash) == 16
    assert int(found.phash, 16) >= 0


def test_what_a_jpeg_loses_turns_two_bits_of_its_hash_at_most() -> None:
    for path in sorted(Path(PACKAGE, "sample", "images").glob("*.jpg")):
        found = normalise(path.read_bytes(), SMALL)
        of_file = imagehash.phash(decode(found.image))
        assert of_file - imagehash.hex_to_hash(found.phash) <= 2, path.name


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("PNG", {}),
        ("GIF", {}),
        ("BMP", {}),
        ("WEBP", {"lossless": True}),
        ("TIFF", {"compression": "tiff_lzw"}),
    ],
)
def test_other_formats_become_png_with_the_same_pixels(name: str, options: dict[str, str]) -> None:
    source = photo().quantize(64).convert("RGB") if name == "GIF" else photo()
    data = encode(source, name, **options)
    found = normalise(data, SMALL)
    assert found.format == "png"
    assert np.array_equal(pixels(decode(found.image)), pixels(samples.decode(data).convert("RGB")))
    assert set(png_chunks(found.image)) == {b"IHDR", b"IDAT", b"IEND"}
    assert normalise(data, SMALL) == found


def test_jpeg_keeps_its_pixels_to_the_bit_and_loses_its_metadata() -> None:
    clean = encode(photo(), "JPEG", quality=90)
    data = encode(photo(), "JPEG", quality=90, exif=samples.exif(), comment=b"hush", dpi=(300, 300))
    found = normalise(data, SMALL)
    assert found == normalise(clean, SMALL)
    assert found.format == "jpeg"
    assert np.array_equal(pixels(decode(found.image)), pixels(decode(data)))
    for secret in (b"SecretMaker", b"Exif", b"hush"):
        assert secret in data
        assert secret not in found.image


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_orientation_is_applied_and_all_metadata_goes(name: str, orientation: int) -> None:
    upright = photo()
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = upright if undo is None else upright.transpose(undo)
    tags = samples.exif(orientation)
    if name == "TIFF":
        del tags[0x8825]  # Pillow cannot write places into TIFF
    data = encode(stored, name, exif=tags, **({"quality": 95} if name == "JPEG" else {}))
    assert b"SecretMaker" in data
    found = normalise(data, SMALL)
    image = samples.decode(found.image)
    assert (found.width, found.height) == image.size == upright.size
    assert np.abs(pixels(image) - pixels(upright)).max() <= (12 if name == "JPEG" else 25)
    assert b"SecretMaker" not in found.image
    assert dict(image.getexif()) == {}
    assert not {"exif", "xmp", "icc_profile", "comment", "dpi"} & set(image.info)


def test_broken_exif_costs_no_picture() -> None:
    data = bytearray(encode(photo(), "JPEG", exif=samples.exif(6)))
    start = data.index(b"Exif\0\0") + 6
    data[start : start + 8] = b"\xff" * 8
    assert normalise(bytes(data), SMALL) == normalise(encode(photo(), "JPEG"), SMALL)


@pytest.mark.parametrize("error", [SyntaxError, struct.error, KeyError])
def test_exif_that_pillow_cannot_parse_costs_no_picture(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def getexif(_image: Image.Image) -> Image.Exif:
        raise error

    data = encode(photo(), "PNG", exif=samples.exif(6))
    monkeypatch.setattr(Image.Image, "getexif", getexif)
    assert normalise(data, SMALL) == normalise(encode(photo(), "PNG"), SMALL)


def test_animation_gives_its_first_frame() -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "lime", "blue")]
    for name in ("GIF", "WEBP", "PNG", "TIFF"):
        options = {"lossless": True} if name == "WEBP" else {}
        data = encode(frames[0], name, save_all=True, append_images=frames[1:], **options)
        found = normalise(data, SMALL)
        assert decode(found.image).getcolors() == [(1200, (255, 0, 0))], name
        assert set(png_chunks(found.image)) == {b"IHDR", b"IDAT", b"IEND"}


def test_second_picture_of_a_stereo_pair_does_not_stay_in_the_file() -> None:
    data = encode(photo(), "MPO", save_all=True, append_images=[photo().rotate(180)])
    found = normalise(data, SMALL)
    assert found.format == "jpeg"
    assert np.array_equal(pixels(decode(found.image)), pixels(samples.decode(data)))
    assert found.image.count(b"\xff\xd8\xff") == 1


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP"])
def test_large_pictures_are_scaled_down(name: str) -> None:
    big = photo(1200, 500)
    found = normalise(encode(big, name), SMALL)
    assert (found.width, found.height) == (256, 107)
    assert found.format == ("jpeg" if name == "JPEG" else "png")
    wanted = big.resize((256, 107), Image.Resampling.LANCZOS)
    assert np.abs(pixels(decode(found.image)) - pixels(wanted)).mean() < 1.5


def test_small_pictures_are_never_scaled_up() -> None:
    found = normalise(encode(photo(20, 16), "PNG"), SMALL)
    assert (found.width, found.height) == (20, 16)


def test_side_limit_judges_the_original_not_the_scaled_size() -> None:
    found = normalise(encode(photo(640, 80), "PNG"), replace(SMALL, min_side_px=80))
    assert (found.width, found.height) == (256, 32)


@pytest.mark.parametrize(
    ("size", "limits", "expected"),
    [
        ((1, 1), SMALL, ("too_small", "1 x 1 pixels, each side at least 16")),
        ((100, 15), SMALL, ("too_small", "100 x 15 pixels, each side at least 16")),
        ((16, 129), SMALL, ("too_elongated", "16 x 129 pixels, at most 8 : 1")),
        (
            (50, 50),
            replace(SMALL, max_pixels=2_499),
            ("too_many_pixels", "50 x 50 pixels, at most 2499 in all"),
        ),
    ],
)
@pytest.mark.parametrize("name", ["PNG", "JPEG", "GIF"])
def test_sizes_out_of_bounds(
    name: str, size: tuple[int, int], limits: Limits, expected: tuple[str, str]
) -> None:
    assert reason(encode(photo(*size), name), limits) == expected


def test_sizes_at_the_bounds_are_kept() -> None:
    found = normalise(encode(photo(16, 128), "PNG"), replace(SMALL, max_pixels=16 * 128))
    assert (found.width, found.height) == (16, 128)


def test_bomb_is_refused_by_its_header() -> None:
    data = samples.bomb()
    assert len(data) < 150_000
    code, detail = reason(data)
    assert code == "too_many_pixels"
    assert "900000000" in str(detail)


def test_nothing_is_decoded_before_the_size_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_image: ImageFile.ImageFile) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    assert reason(samples.bomb(3_000))[0] == "too_many_pixels"


def test_no_warning_is_shown_and_no_setting_of_pillow_is_changed(
    recwarn: pytest.WarningsRecorder, capfd: pytest.CaptureFixture[str]
) -> None:
    settings_before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
    warnings.simplefilter("always")
    huge = samples.bomb(10_000)  # beyond the size where Pillow warns, below that where it raises
    assert reason(huge)[0] == "too_many_pixels"
    lzw = bytearray(encode(photo(), "TIFF", compression="tiff_lzw"))
    lzw[8:40] = b"\xff" * 32  # libtiff complains from C
    assert reason(bytes(lzw))[0] == "undecodable"
    assert settings_before == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
    assert list(recwarn) == []
    assert capfd.readouterr() == ("", "")


def test_transparent_parts_are_white_on_paper() -> None:
    clear = Image.new("RGBA", (32, 32), (200, 0, 0, 0))
    clear.paste((0, 0, 200, 255), (0, 0, 16, 32))
    clear.paste((0, 0, 0, 128), (0, 0, 8, 32))
    for name in ("PNG", "WEBP", "TIFF"):
        options = {"lossless": True} if name == "WEBP" else {}
        image = decode(normalise(encode(clear, name, **options), SMALL).image)
        found = [image.getpixel((x, 5)) for x in (0, 12, 24)]
        assert found == [(127, 127, 127), (0, 0, 200), (255, 255, 255)], name


def test_cmyk_jpeg_becomes_rgb_with_its_own_colours() -> None:
    data = encode(photo().convert("CMYK"), "JPEG", quality=95)
    found = normalise(data, SMALL)
    assert found.format == "jpeg"
    assert np.abs(pixels(decode(found.image)) - pixels(photo())).mean() < 4


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_profile_is_applied_and_dropped(name: str) -> None:
    profile = samples.wide_gamut_profile()
    source = Image.new("RGB", (32, 32), (60, 180, 90))
    plain = normalise(encode(source, name, quality=95), SMALL)
    tagged = normalise(encode(source, name, quality=95, icc_profile=profile), SMALL)
    assert decode(plain.image).getpixel((0, 0)) == pytest.approx((60, 180, 90), abs=2)
    assert decode(tagged.image).getpixel((0, 0)) == pytest.approx((0, 181, 85), abs=4)
    assert "icc_profile" not in samples.decode(tagged.image).info


def test_truncated_files() -> None:
    for name in ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"):
        data = encode(photo(), name)
        code, detail = reason(data[: len(data) // 2])
        assert (name, code) == (name, "truncated")
        assert str(detail).startswith(f"{name}: ")


def test_jpeg_cut_within_its_header() -> None:
    data = encode(photo(), "JPEG", exif=samples.exif())
    for length in (3, 20, 40, 400):
        assert reason(data[:length])[0] == "truncated"


def test_details_are_the_same_each_time() -> None:
    data = b"\xff\xd8\xff\xe0" + bytes(300) + b"\xff\xd9"
    found = reason(data)
    assert found == reason(bytes(bytearray(data))) == ("undecodable", found[1])
    assert "0x" not in str(found[1])


FUZZED = {
    "jpeg": encode(photo(40, 32), "JPEG", exif=samples.exif(6), icc_profile=b"\0" * 40),
    "progressive": encode(photo(40, 32), "JPEG", progressive=True),
    "png": encode(photo(40, 32), "PNG", exif=samples.exif(3)),
    "palette": encode(photo(40, 32).quantize(16), "PNG", transparency=3),
    "gif": encode(photo(40, 32), "GIF", save_all=True, append_images=[photo(40, 32).rotate(9)]),
    "webp": encode(photo(40, 32), "WEBP"),
    "tiff": encode(photo(40, 32), "TIFF", compression="tiff_lzw"),
    "bmp": encode(photo(40, 32), "BMP"),
}
REASONS = {
    "not_an_image",
    "truncated",
    "undecodable",
    "too_many_pixels",
    "too_small",
    "too_elongated",
}


@settings(max_examples=400, deadline=None)
@given(
    name=st.sampled_from(sorted(FUZZED)),
    cut=st.floats(0.0, 1.0),
    flips=st.lists(st.tuples(st.floats(0.0, 1.0, exclude_max=True), st.integers(0, 255))),
)
def test_damaged_files_are_pictures_or_rejected(
    name: str, cut: float, flips: list[tuple[float, int]]
) -> None:
    data = bytearray(FUZZED[name])
    for place, value in flips:
        data[int(place * len(data))] ^= value
    if cut > 0.3:
        data = data[: int(len(data) * cut)]
    try:
        found = normalise(bytes(data), SMALL)
    except Rejected as error:
        found, code = None, error.reason
    if found is None:
        assert code in REASONS
    else:
        assert decode(found.image).size == (found.width, found.height)


def test_a_picture_without_its_palette_costs_its_row_alone() -> None:
    data = encode(photo(40, 32).quantize(16), "PNG")
    start = data.index(b"PLTE") - 4
    end = start + 12 + int.from_bytes(data[start : start + 4])
    assert reason(data[:start] + data[end:])[0] == "undecodable"  # it decodes, to numbers


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_rejected(data: bytes) -> None:
    assert reason(data)[0] in REASONS


def test_bytes_are_kept_only_if_they_decode_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    other = encode(photo().rotate(180), "JPEG")
    for bare in (other, other[:300], b"nonsense"):
        monkeypatch.setattr(jpeg, "without_metadata", lambda _data, bare=bare: bare)
        image = decode(normalise(encode(photo(), "JPEG"), SMALL).image)
        assert np.abs(pixels(image) - pixels(photo())).max() <= 12


def test_what_is_hidden_behind_the_last_pixel_is_not_passed_on() -> None:
    plain = encode(photo(64, 48), "JPEG")
    found = normalise(plain[:-2] + b"52.5 N, 13.4 E; " * 2000 + plain[-2:], SMALL)
    assert b"52.5 N" not in found.image
    assert np.abs(pixels(decode(found.image)) - pixels(decode(plain))).max() <= 12
    noise = np.random.default_rng(0).integers(0, 2, (64, 64), np.uint8) * 255
    noisiest = encode(Image.fromarray(noise), "JPEG", quality=100)
    assert normalise(noisiest, SMALL).image == jpeg.without_metadata(noisiest)


def test_jpeg_stored_as_rgb_keeps_its_pixels_to_the_bit() -> None:
    data = samples.stored_as_rgb()
    found = normalise(data, SMALL)
    assert found.image == jpeg.without_metadata(data)
    with Image.open(BytesIO(found.image)) as kept:
        assert np.array_equal(pixels(kept), pixels(samples.decode(data)))
