from __future__ import annotations

from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, Pipe

import pytest

from vsfa_data.collect import parcels


@pytest.fixture
def pipe() -> Iterator[tuple[Connection, Connection]]:
    here, there = Pipe(duplex=False)
    with here, there:
        yield here, there


@pytest.mark.parametrize("parts", [[], [b""], [b"a", b"", b"bc" * 20_000]])
def test_what_is_sent_arrives(pipe: tuple[Connection, Connection], parts: Sequence[bytes]) -> None:
    parcels.widen(pipe[1])
    parcels.send(pipe[1], parts)
    assert parcels.received(pipe[0]) == parts


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"short",
        b"\xff" * 8,
        b"\x01" + bytes(7),
        b"\x01" + bytes(7) + b"\x05" + bytes(7) + b"four",
        b"\x01" + bytes(7) + b"\x02" + bytes(7) + b"four",
    ],
)
def test_anything_else_is_a_value_error(
    pipe: tuple[Connection, Connection], message: bytes
) -> None:
    pipe[1].send_bytes(message)
    with pytest.raises(ValueError, match=r"parcel|unpack"):
        parcels.received(pipe[0])
