from __future__ import annotations

import logging
import os
import warnings
from pathlib import Path

import pytest
from PIL import Image, ImageFile

from tests.collect.samples import encode, photo
from vsfa_data.collect import decoding
from vsfa_data.collect.rejected import Rejected


def rejected(data: bytes) -> tuple[str, str | None]:
    with decoding.quiet(), pytest.raises(Rejected) as caught:
        decoding.load(decoding.opened(data), data)
    return caught.value.reason, caught.value.detail


@pytest.mark.parametrize("name", sorted(decoding.FORMATS))
def test_allowed_formats_are_known_by_their_first_bytes(name: str) -> None:
    data = encode(photo(), name)
    assert decoding.format_of(data) == name
    assert decoding.FORMATS[name].is_whole(data)
    image = decoding.opened(data)
    decoding.load(image, data)
    assert image.size == (96, 64)


@pytest.mark.parametrize("options", [{"big_tiff": True}, {"compression": "tiff_lzw"}, {}])
def test_kinds_of_tiff(options: dict[str, str]) -> None:
    data = encode(photo(), "TIFF", **options)
    assert decoding.FORMATS["TIFF"].is_whole(data)
    assert not decoding.FORMATS["TIFF"].is_whole(data[:9])
    assert decoding.opened(data).size == (96, 64)


@pytest.mark.parametrize("name", ["ICO", "PPM", "TGA", "PCX", "PDF", "EPS", "JPEG2000", "AVIF"])
def test_other_formats_are_no_images(name: str) -> None:
    assert rejected(encode(photo(), name)) == ("not_an_image", None)


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (b"", "no bytes"),
        (b"Some notes on the pictures in this folder.\n", None),
        (b"BMW is a make of cars, and this is no bitmap.\n", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"\x89PNG", None),
        (bytes(1000), None),
    ],
)
def test_what_is_no_image(data: bytes, detail: str | None) -> None:
    assert rejected(data) == ("not_an_image", detail)


def test_header_alone_is_truncated_and_nonsense_is_undecodable() -> None:
    magic = b"\x89PNG\r\n\x1a\n"
    assert rejected(magic)[0] == "truncated"
    assert rejected(magic + b"\0\0\0\0nonsIEND") == (
        "undecodable",
        "PNG: the header is not valid",
    )


def test_damage_in_the_middle_of_a_whole_file() -> None:
    data = bytearray(encode(photo(), "PNG"))
    data[len(data) // 2] ^= 0xFF
    assert rejected(bytes(data))[0] == "undecodable"


@pytest.mark.parametrize("error", decoding.FAILURES)
def test_whatever_pillow_raises_costs_one_row(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def load(_image: ImageFile.ImageFile) -> None:
        raise error("at 0x7f0123456789\nand more")

    data = encode(photo(), "BMP")
    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    code = "too_many_pixels" if "Bomb" in error.__name__ else "undecodable"
    found = rejected(data)
    assert found[0] == code
    assert found[1] == "BMP: at 0x and more"


@pytest.mark.parametrize("error", [RecursionError, MemoryError])
def test_neither_a_bug_nor_low_memory_is_taken_for_a_bad_file(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def load(_image: ImageFile.ImageFile) -> None:
        raise error

    data = encode(photo(), "BMP")
    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    with pytest.raises(error):
        decoding.load(decoding.opened(data), data)


def test_too_many_scans() -> None:
    data = encode(photo(), "JPEG")
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
    assert rejected(data[:-2] + scan * 100 + data[-2:]) == (
        "undecodable",
        "JPEG: more than 100 scans",
    )


def test_decoders_of_other_formats_are_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []
    monkeypatch.setattr(Image, "open", lambda _file, **options: tried.append(options))
    for name in ("JPEG", "BMP"):
        decoding.opened(encode(photo(), name))
    assert tried == [{"formats": ("JPEG",)}, {"formats": ("BMP",)}]


def test_quiet_ends_with_its_block(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.root, "handlers", [])  # as in a process without any logging
    with decoding.quiet():
        warnings.warn("unheard", stacklevel=1)
        logging.getLogger("PIL.TiffImagePlugin").error("unheard")
    assert capfd.readouterr().err == ""
    assert logging.getLogger("PIL").handlers == []
    with pytest.warns(UserWarning, match="heard"):
        warnings.warn("heard", stacklevel=1)


def test_stderr_is_back_after_a_tiff(capfd: pytest.CaptureFixture[str]) -> None:
    data = bytearray(encode(photo(), "TIFF", compression="tiff_lzw"))
    data[8:40] = b"\xff" * 32
    before = len(list(Path("/proc/self/fd").iterdir()))
    assert rejected(bytes(data))[0] == "undecodable"
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    os.write(2, b"still here")
    assert capfd.readouterr().err == "still here"
