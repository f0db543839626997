from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from vsfa_data import tables
from vsfa_data.pipeline import STEPS


def test_a_step_writes_the_columns_that_the_tables_list(quickstart: Path) -> None:
    for stage in (stage for stages in STEPS.values() for stage in stages):
        shards = sorted((quickstart / "work" / stage.name).glob("part-*.parquet"))
        assert shards, stage.name
        for shard in shards:
            assert pq.read_schema(shard).names == stage.writes.names
            rejects = shard.with_name(shard.name.replace("part", "rejects"))
            assert pq.read_schema(rejects).names == tables.REJECTS.names


def test_image_bytes_are_written_once(quickstart: Path) -> None:
    for folder in (quickstart / "work").iterdir():
        if folder.name == "collect" or not folder.is_dir():
            continue
        for shard in folder.glob("*.parquet"):
            assert "image" not in pq.read_schema(shard).names
