"""What bytes are, from how they begin: a server's word for it is not taken."""

from __future__ import annotations

import re
from typing import Final

UNKNOWN: Final = "application/octet-stream"

_SIGNATURES: Final = tuple(
    (re.compile(pattern, re.DOTALL), media_type)
    for pattern, media_type in (
        (rb"\xff\xd8\xff", "image/jpeg"),
        (rb"\x89PNG\r\n\x1a\n", "image/png"),
        (rb"RIFF.{4}WEBP", "image/webp"),
        (rb"GIF8[79]a", "image/gif"),
        (rb"II[*+]\0|MM\0[*+]", "image/tiff"),
        (rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", "image/bmp"),
        (rb".{4}ftypavi[fs]", "image/avif"),
        (rb".{4}ftyp(hei[cmsx]|hev[cmsx]|mif1|msf1)", "image/heic"),
        (rb"PK(\x03\x04|\x05\x06|\x07\x08)", "application/zip"),
        (rb"\x1f\x8b\x08", "application/gzip"),
        (rb".{257}ustar[\0 ]", "application/x-tar"),
        (rb"%PDF-", "application/pdf"),
    )
)
_BLANK: Final = b" \t\r\n"
_TEXTS: Final = (
    (re.compile(rb"<(!doctype\s+html|html|head|body)\b", re.IGNORECASE), "text/html"),
    (
        re.compile(rb"((<\?xml\b|<!--|<!doctype\s+svg)[^<]*)*<svg[\s>]", re.IGNORECASE),
        "image/svg+xml",
    ),
    (re.compile(rb"<\?xml\b"), "application/xml"),
    (re.compile(rb'[{\[]\s*(["{\[\]}\-0-9]|true|false|null)'), "application/json"),
)


def media_type(data: bytes) -> str:
    """Media type of `data`, or application/octet-stream where its beginning says nothing."""
    for pattern, name in _SIGNATURES:
        if pattern.match(data):
            return name
    start = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip(_BLANK)
    for pattern, name in _TEXTS:
        if pattern.match(start):
            return name
    return UNKNOWN
