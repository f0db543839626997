from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from vsfa_data import tables
from vsfa_data.pipeline import STEPS
from vsfa_data.stages import GlobalStage, MapStage, Shard

STAGES = [stage for stages in STEPS.values() for stage in stages]


def test_a_shard_reads_the_columns_that_are_asked_for(make_shard: Callable[..., Shard]) -> None:
    table = tables.UNIQUE.build([{"image_id": "x", "position": 3}])
    shard = make_shard(0, unique=table)
    assert shard.read(tables.UNIQUE).equals(table)
    assert shard.read(tables.UNIQUE, ["position"]).to_pylist() == [{"position": 3}]


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_a_stage_reads_only_what_stands_before_it(stage: Any) -> None:
    before = [earlier.writes.name for earlier in STAGES[: STAGES.index(stage)]]
    assert {table.name for table in stage.reads} <= set(before)
    assert issubclass(stage, MapStage) != issubclass(stage, GlobalStage)
    assert stage.step in STEPS


def test_a_stage_signs_what_it_rejects() -> None:
    from vsfa_data import recipe

    stage = STAGES[0](recipe.load("quickstart"))
    assert stage.reject("too_small", source_ref="a.png") == {
        "step": "collect",
        "reason": "too_small",
        "image_id": None,
        "source_ref": "a.png",
        "detail": None,
    }
