from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile

import pytest
from PIL import Image

from vsfa_data.collect.fetch.sniff import media_type


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("GIF", "image/gif"),
        ("BMP", "image/bmp"),
        ("TIFF", "image/tiff"),
        ("AVIF", "image/avif"),
        ("PDF", "application/pdf"),
    ],
)
def test_what_pillow_writes(name: str, expected: str) -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, name)
    assert media_type(file.getvalue()) == expected


def archives() -> list[tuple[bytes, str]]:
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as file:
        file.writestr("a", "b")
    with tarfile.open(fileobj=tarred, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("a"))
    return [
        (zipped.getvalue(), "application/zip"),
        (tarred.getvalue(), "application/x-tar"),
        (gzip.compress(b"a", mtime=0), "application/gzip"),
    ]


@pytest.mark.parametrize(("data", "expected"), archives())
def test_archives(data: bytes, expected: str) -> None:
    assert media_type(data) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"<!DOCTYPE html><html>", "text/html"),
        (b"\xef\xbb\xbf \n<HTML lang=en>", "text/html"),
        (b"<htmlx>", "application/octet-stream"),
        (b"<?xml version='1.0'?><feed/>", "application/xml"),
        (b"<?xml version='1.0'?>\n<!-- a -->\n<svg xmlns=''/>", "image/svg+xml"),
        (b"<svg>", "image/svg+xml"),
        (b"<!DOCTYPE svg PUBLIC><svg viewBox=''>", "image/svg+xml"),
        (json.dumps({"a": 1}).encode(), "application/json"),
        (b"[ 1, 2]", "application/json"),
        (b"[]", "application/json"),
        (b"{not json", "application/octet-stream"),
        (b"plain words", "application/octet-stream"),
        (b"BMW cars", "application/octet-stream"),
        (b"RIFF0000WAVE", "application/octet-stream"),
        (b"", "application/octet-stream"),
        (b"\xff\xd8", "application/octet-stream"),
    ],
)
def test_texts_and_what_is_nothing_known(data: bytes, expected: str) -> None:
    assert media_type(data) == expected


def test_a_hostile_beginning_takes_no_time() -> None:
    assert media_type(b"<!--" * 100_000) == "application/octet-stream"
    assert media_type(b"<?xml <!--" * 100_000) == "application/xml"
