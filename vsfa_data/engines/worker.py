"""What a worker process does: opens the stage once, and writes the shards that it is given."""

from __future__ import annotations

import importlib
import multiprocessing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from vsfa_data.processes.arrow_alone import without_pandas
from vsfa_data.stages import MapStage, Shard
from vsfa_data.workspace import StageFolder

Address: TypeAlias = tuple[str, str]
"""Module and name of a stage's class, which every process can import."""

_open_stage: Final[dict[tuple[Address, str], MapStage]] = {}
"""The stage that this process has open, by address and recipe: one at most."""


def make_ready(address: Address, recipe: Mapping[str, Any]) -> None:
    """Open the stage in this process; what goes wrong goes wrong again with its first shard."""
    _stage(address, recipe)


def process(address: Address, recipe: Mapping[str, Any], folder: Path, shard: Shard) -> int:
    """Process one shard and write it; returns how many units it held, 0 for an early piece."""
    stage = _stage(address, recipe)
    if shard.put_at is not None:
        stage.put(shard)
        return 0
    output = stage.process(shard)
    StageFolder(folder).write(shard.index, output)
    return output.counted


def process_group(
    address: Address,
    recipe: Mapping[str, Any],
    folder: Path,
    shards: list[Shard],
    helpers: int,
) -> list[int]:
    """Process shards together and write each as soon as it is done; the units of each."""
    counted = []
    outputs = _stage(address, recipe, helpers).process_all(shards)
    for shard, output in zip(shards, outputs, strict=True):
        StageFolder(folder).write(shard.index, output)
        counted.append(output.counted)
    return counted


def _stage(address: Address, recipe: Mapping[str, Any], helpers: int = 1) -> MapStage:
    from vsfa_data.recipe import parse

    if multiprocessing.parent_process() is not None:  # a worker's, not the user's own process
        without_pandas()
    key = (address, repr(recipe))
    if key not in _open_stage:
        close_stages()
        stage: MapStage = getattr(importlib.import_module(address[0]), address[1])(parse(recipe))
        stage.helpers = helpers
        stage.open()
        _open_stage[key] = stage
    return _open_stage[key]


def close_stages() -> None:
    """Close what this process has open."""
    while _open_stage:
        _open_stage.popitem()[1].close()
