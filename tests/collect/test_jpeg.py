from __future__ import annotations

import pytest

from tests.collect.samples import decode, encode, exif, photo, stored_as_rgb
from vsfa_data.collect import jpeg

PLAIN = encode(photo(), "JPEG")
ADOBE = encode(photo().convert("CMYK"), "JPEG")


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2) + body


def with_segments(*segments: bytes) -> bytes:
    return PLAIN[:2] + b"".join(segments) + PLAIN[2:]


def test_plain_file_stays_as_it_is() -> None:
    assert jpeg.without_metadata(PLAIN) == PLAIN


@pytest.mark.parametrize(
    "options",
    [
        {"exif": exif(3)},
        {"comment": b"hush"},
        {"icc_profile": b"x" * 100_000},
        {"xmp": b"<x/>"},
        {"dpi": (72, 72)},
    ],
)
def test_metadata_goes(options: dict[str, object]) -> None:
    data = encode(photo(), "JPEG", **options)
    assert data != PLAIN
    assert jpeg.without_metadata(data) == PLAIN


@pytest.mark.parametrize("marker", [*range(0xE0, 0xF0), 0xFE])
def test_every_application_segment_and_comment_goes(marker: int) -> None:
    data = with_segments(segment(marker, b"a secret of fourteen or more bytes"))
    assert jpeg.without_metadata(data) == PLAIN


def test_jfif_thumbnail_goes() -> None:
    small = b"JFIF\0\x01\x02\x01\x00\x48\x00\x48\x01\x01" + b"\xaa\xbb\xcc"
    stripped = jpeg.without_metadata(PLAIN[:2] + segment(0xE0, small) + PLAIN[20:])
    assert stripped == PLAIN


@pytest.mark.parametrize("options", [{"progressive": True}, {"restart_marker_blocks": 2}])
def test_scans_and_restart_markers_stay(options: dict[str, object]) -> None:
    data = encode(photo(), "JPEG", **options)
    stripped = jpeg.without_metadata(data + b"trailing secret")
    assert stripped == data


def test_adobe_segment_keeps_only_the_colour_transform() -> None:
    place = ADOBE.index(b"Adobe")
    noisy = ADOBE[:place] + b"Adobe\x00\x65\x12\x34\x56\x78" + ADOBE[place + 11 :]
    stripped = jpeg.without_metadata(noisy)
    assert stripped is not None
    assert stripped == jpeg.without_metadata(ADOBE)
    assert decode(stripped).tobytes() == decode(ADOBE).tobytes()


def test_rgb_is_not_taken_for_ycbcr() -> None:
    data = stored_as_rgb()
    stripped = jpeg.without_metadata(data)
    assert stripped is not None
    assert b"hush" not in stripped
    assert decode(stripped).tobytes() == decode(data).tobytes()


def test_fill_bytes_between_segments_go() -> None:
    data = PLAIN[:2] + b"\xff\xff\xff" + segment(0xFE, b"x") + PLAIN[2:]
    assert jpeg.without_metadata(data) == PLAIN


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        PLAIN[:-2],
        PLAIN[:30],
        PLAIN[:2] + b"junk" + PLAIN[2:],
        PLAIN[:2] + b"\xff\xe1\x00\x01" + PLAIN[2:],
        PLAIN[:2] + b"\xff\xe1\xff\xff" + PLAIN[2:60],
        with_segments(segment(0xCC, b"\x00\x10")),
        PLAIN.replace(b"\xff\xc0", b"\xff\xc9"),
        PLAIN[:2] + b"\xff\xd9",
    ],
)
def test_what_is_no_plain_jpeg_is_left_to_the_encoder(data: bytes) -> None:
    assert jpeg.without_metadata(data) is None


def test_number_of_scans() -> None:
    scan = PLAIN[PLAIN.index(b"\xff\xda") : -2]
    allowed = PLAIN[:-2] + scan * (jpeg.MAX_SCANS - 1)
    assert not jpeg.has_too_many_scans(encode(photo(), "JPEG", progressive=True))
    assert not jpeg.has_too_many_scans(allowed + PLAIN[-2:])
    assert jpeg.has_too_many_scans(allowed + scan + PLAIN[-2:])
    assert jpeg.has_too_many_scans(allowed + b"\xff\xff" + scan)


def test_what_only_looks_like_scans_does_not_count() -> None:
    film = b"\xff\xda\x00\x02" * 1_000
    assert not jpeg.has_too_many_scans(PLAIN + film)
    assert not jpeg.has_too_many_scans(with_segments(segment(0xE1, film)))
    for cut in range(len(PLAIN)):
        assert not jpeg.has_too_many_scans(PLAIN[:cut])
