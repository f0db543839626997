from pathlib import Path

import pyarrow as pa
import pytest

from vsfa_data.release.manifest import describe
from vsfa_data.release.sink import Sink


def test_what_arrow_writes_is_hashed_on_its_way(tmp_path: Path) -> None:
    sink = Sink(tmp_path / "a")
    with pa.BufferedOutputStream(pa.PythonFile(sink, "w"), 4) as buffered:
        for data in (b"one", b"", b"twenty"):
            buffered.write(data)
    assert sink.tell() == 9
    assert sink.finish() == describe(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"onetwenty"


def test_errors_wait_until_they_are_asked_for() -> None:
    sink = Sink(Path("/dev/full"))
    assert sink.write(bytes(2**20)) == 2**20
    assert sink.write(b"more") == 4
    with pytest.raises(OSError, match="No space left"):
        sink.check()
    with pytest.raises(OSError, match="No space left"):
        sink.finish()
    sink.abandon()
    assert sink.write(b"more") == 4
