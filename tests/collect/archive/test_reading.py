from __future__ import annotations

import pytest

from tests.collect.archive.packing import PACKERS, opened, tar, zipped
from vsfa_data.collect.archive import reading
from vsfa_data.collect.rejected import Rejected

FILES = (("a.jpg", b"one"), ("b.jpg", b"two"))


@pytest.mark.parametrize(
    "data", [zipped(*FILES), *(pack(tar(*FILES)) for pack in PACKERS.values())]
)
def test_any_archive(data: bytes) -> None:
    assert [(one.name, one.data) for one in reading.members(opened(data), 99)] == list(FILES)


def test_an_empty_zip() -> None:
    assert list(reading.members(opened(zipped()), 99)) == []


def test_anything_else() -> None:
    with pytest.raises(Rejected):
        reading.members(opened(b"GIF89a" * 200), 99)
