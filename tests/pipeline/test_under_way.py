from __future__ import annotations

from pathlib import Path

from vsfa_data import recipe as recipes
from vsfa_data.collect.tombstones import Tombstones
from vsfa_data.engines.local import LocalEngine
from vsfa_data.pipeline import Job, Quiet
from vsfa_data.pipeline.under_way import UnderWay
from vsfa_data.workspace import Workspace


def test_shards_have_the_files_of_whoever_writes_their_tables(tmp_path: Path) -> None:
    job = Job(recipes.load("quickstart"), tmp_path)
    build = UnderWay(job, Quiet(), Workspace(tmp_path), LocalEngine(0), Tombstones(), shards=2)
    work = tmp_path.resolve() / "work"
    assert [(one.index, one.files, one.work) for one in build.read(["unique", "selection"])] == [
        (at, {"unique": work / f"dedupe/{name}", "selection": work / f"select/{name}"}, work)
        for at, name in enumerate(["part-00000.parquet", "part-00001.parquet"])
    ]
