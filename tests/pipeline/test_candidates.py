from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.building import run


@pytest.mark.parametrize(("size", "shards"), [(None, 2), (4, 3)])
def test_the_limit_counts_what_is_collected(tmp_path: Path, size: int | None, shards: int) -> None:
    built = run(tmp_path, limit=9, until="collect", shard_size=size)
    assert built.funnel["collect"]["in"] == 9
    assert len(list((tmp_path / "work" / "collect").glob("part-*"))) == shards
