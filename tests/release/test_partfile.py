from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.release.test_shards import row
from vsfa_data.release import rows
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


def test_a_closed_file_is_described(tmp_path: Path) -> None:
    part = PartFile(tmp_path / "a.part", SCHEMA)
    part.write(as_table([row(1)], SCHEMA))
    with pytest.raises(RuntimeError, match="not finished"):
        part.described  # noqa: B018
    part.close()
    assert part.described == describe(part.path)
    assert pq.read_table(part.path).num_rows == 1
    part.close()
    part.abandon()


def test_a_full_disk_is_an_error_and_not_the_end_of_the_process() -> None:
    part = PartFile(Path("/dev/full"), SCHEMA)
    part.write(as_table([row(1, bytes(100))], SCHEMA))
    with pytest.raises(OSError, match="No space left") as caught:
        part.write(as_table([row(n, bytes([n]) * 2**20) for n in range(8)], SCHEMA))
    assert caught.value.errno == 28
    part.abandon()
