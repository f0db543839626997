from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vsfa_data import recipe, tables
from vsfa_data.engines.local import LocalEngine
from vsfa_data.engines.work import Work
from vsfa_data.stages import Shard
from vsfa_data.workspace import StageFolder

RECIPE = recipe.load("quickstart").model_dump(mode="json")


def shards(count: int, rows: int = 3) -> Iterator[Shard]:
    for index in range(count):
        yield Shard(
            index,
            candidates=tables.CANDIDATES.build(
                dict.fromkeys(tables.CANDIDATES.names)
                | {
                    "position": index * rows + row,
                    "source": "test",
                    "source_ref": f"{index}/{row}",
                    "data": b"",
                }
                for row in range(rows)
            ),
        )


def run(tmp_path: Path, stage: Any, workers: int, count: int = 5) -> list[int]:
    folder = StageFolder(tmp_path / "naming")
    folder.prepare({})
    done: list[int] = []
    with LocalEngine(workers) as engine:
        alone = stage.alone(None)
        cards = stage.cards(None)
        engine.run(Work(stage, RECIPE, folder.path, alone, cards), shards(count), done.append)
    return done
