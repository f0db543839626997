from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.workspace.made import rejects, unique
from vsfa_data import tables
from vsfa_data.errors import WorkspaceError
from vsfa_data.files.parquet import ROWS_PER_GROUP, as_parquet, row_groups
from vsfa_data.stages import Output, Shard
from vsfa_data.workspace import StageFolder


def test_a_lost_bit_is_told_from_what_was_written(tmp_path: Path) -> None:
    folder = StageFolder(tmp_path / "dedupe")
    folder.prepare({})
    folder.write(0, Output(unique("x", "y"), rejects(), 2))
    shard = Shard(0, {"unique": folder.rows(0)})
    assert shard.read(tables.UNIQUE) == unique("x", "y")
    column = pq.read_metadata(folder.rows(0)).row_group(0).column(1)
    end = column.dictionary_page_offset + column.total_compressed_size
    content = bytearray(folder.rows(0).read_bytes())
    content[end - 1] ^= 1
    folder.rows(0).write_bytes(content)
    told = r"part-00000.parquet is damaged .* Delete that file"
    with pytest.raises(WorkspaceError, match=told):
        shard.read(tables.UNIQUE)


def test_row_groups_are_the_shard_in_pieces(tmp_path: Path) -> None:
    rows = unique(*map(str, range(2 * ROWS_PER_GROUP + 1)))
    (tmp_path / "x.parquet").write_bytes(as_parquet(rows))
    pieces = list(row_groups(tmp_path / "x.parquet", ["image_id"]))
    assert [piece.num_rows for piece in pieces] == [ROWS_PER_GROUP, ROWS_PER_GROUP, 1]
    assert pa.concat_tables(pieces).column("image_id") == rows.column("image_id")
