from __future__ import annotations

import gzip

import pytest

from tests.collect.archive.packing import PACKERS, opened
from vsfa_data.collect.archive import unpacking
from vsfa_data.collect.archive.unpacking import Unpacked
from vsfa_data.collect.rejected import Rejected

DATA = bytes(range(256)) * 9000


@pytest.mark.parametrize("pack", PACKERS.values())
def test_bytes_one_after_the_other(pack: object) -> None:
    assert callable(pack)
    file = Unpacked(opened(pack(DATA)))
    assert file.exactly(1000) == DATA[:1000]
    file.skip(1_500_000)
    assert file.exactly(0) == b""
    assert file.exactly(10) == DATA[1_501_000:1_501_010]
    assert file.place == 1_501_010
    with pytest.raises(Rejected, match="archive_damaged: it ends too early"):
        file.exactly(len(DATA))


def test_a_stream_with_an_error_in_it() -> None:
    data = bytearray(gzip.compress(DATA))
    data[-6] ^= 1
    with pytest.raises(Rejected, match="archive_damaged: CRC check failed"):
        Unpacked(opened(bytes(data))).skip(len(DATA) + 1)


@pytest.mark.parametrize("pack", PACKERS.values())
def test_little_may_shrink_as_it_likes_but_not_much(pack: object) -> None:
    assert callable(pack)
    data = bytes(unpacking.HARMLESS_BYTES)
    Unpacked(opened(pack(data))).skip(len(data))
    file = Unpacked(opened(pack(data + b"x" * 2**21)))
    if pack(b"x") == b"x":
        file.skip(len(data) + 2**21)
        return
    with pytest.raises(Rejected, match="archive_bomb"):
        file.skip(len(data) + 2**21)
    assert file.place <= len(data) + 2**21
