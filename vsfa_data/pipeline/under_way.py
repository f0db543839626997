"""A build that is under way: what its steps share, and nothing that one step alone needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from vsfa_data.engines.local import LocalEngine
from vsfa_data.pipeline.beforehand import Checked
from vsfa_data.pipeline.job import Built, Job
from vsfa_data.pipeline.steps import WRITERS
from vsfa_data.pipeline.watcher import Watcher
from vsfa_data.stages import Shard
from vsfa_data.workspace import Workspace


@dataclass
class UnderWay:
    """One run of the pipeline over a workspace that is held."""

    job: Job
    watcher: Watcher
    workspace: Workspace
    engine: LocalEngine
    checked: Checked
    built: Built = field(default_factory=Built)
    keys: dict[str, str] = field(default_factory=dict)
    """Stage -> its key and its rows, as those that read them depend on them."""
    identities: dict[str, str] = field(default_factory=dict)
    """Models and data files in use by the stages so far."""
    shards: int = 0
    """How many each stage has; known once collect has listed its images."""
    images: int = 0
    """Kept by the last step that speaks of images."""

    def read(self, names: Iterable[str]) -> list[Shard]:
        """Every shard, with its files of the tables `names`."""
        folders = {name: self.workspace.stage(WRITERS[name]) for name in names}
        return [
            Shard(
                index,
                {name: folder.rows(index) for name, folder in folders.items()},
                work=self.workspace.work,
            )
            for index in range(self.shards)
        ]
