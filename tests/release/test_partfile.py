from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.release.test_shards import row
from vsfa_data.release import partfile, rows, sink
from vsfa_data.release.manifest import describe
from vsfa_data.release.partfile import PartFile, as_table

SCHEMA = rows.features().arrow_schema


def test_rows_become_a_table_whatever_holds_their_pictures() -> None:
    listed = [row(number, bytes([number]) * 5 * number) for number in range(3)]
    views = [one | {"image": {"bytes": memoryview(one["image"]["bytes"])}} for one in listed]
    table = as_table(views, SCHEMA)
    assert table.schema.equals(SCHEMA, check_metadata=True)
    assert table.to_pylist() == listed
    table.validate(full=True)


def test_a_closed_file_is_described_and_settled_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(sink.os, "fsync", lambda _: synced.append(part.path.stat().st_size))
    monkeypatch.setattr(partfile, "_SYNC_BYTES", 10_000)
    monkeypatch.setattr(partfile, "_BUFFER_BYTES", 1_000)
    with ThreadPoolExecutor(1) as disk:
        part = PartFile(tmp_path / "a.part", SCHEMA, disk)
        part.write([row(1)])
        with pytest.raises(RuntimeError, match="not finished"):
            part.described  # noqa: B018  # the property is what is tried
        part.write([row(2, bytes(20_000))])
        part.close()
    assert part.described == describe(part.path)
    assert pq.read_table(part.path).num_rows == 2
    # The disk begins before the end, and is told again at the end.
    assert len(synced) == 2
    assert synced[-1] == part.described.bytes
    part.settle()
    part.close()
    part.abandon()


def test_what_the_disk_says_once_is_not_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = iter([OSError(5, "Input/output error")])

    def fsync(_: int) -> None:
        for error in said:
            raise error

    monkeypatch.setattr(sink.os, "fsync", fsync)
    with ThreadPoolExecutor(1) as disk:
        part = PartFile(tmp_path / "a.part", SCHEMA, disk)
        part.write([row(1)])
        part.close()
    with pytest.raises(OSError, match="Input/output"):
        part.settle()


def test_a_full_disk_is_an_error_and_not_the_end_of_the_process() -> None:
    with ThreadPoolExecutor(1) as disk:
        part = PartFile(Path("/dev/full"), SCHEMA, disk)
        part.write([row(1, bytes(100))])
        with pytest.raises(OSError, match="No space left") as caught:
            part.write([row(n, bytes([n]) * 2**20) for n in range(8)])
        assert caught.value.errno == 28
        part.abandon()
