"""What an engine is given to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsfa_data.stages import MapStage


@dataclass(frozen=True)
class Work:
    """A stage to run: its class, the recipe as plain data, and where the shards go."""

    stage: type[MapStage]
    recipe: Mapping[str, Any]
    folder: Path
    alone: bool = False
    """Whether one process runs all shards (see `MapStage.alone`)."""
    cards: int = 1
    """GPUs for a stage that runs alone: it then has one process for each."""

    @property
    def address(self) -> tuple[str, str]:
        """Module and name of the stage's class, which every process can import."""
        return self.stage.__module__, self.stage.__qualname__
