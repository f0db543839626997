"""Releases with another train split than they were built with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from vsfa_data.release import manifest

Change = Callable[[pa.Table], pa.Table]


def changed(release: Path, change: Change) -> Path:
    """The release with another train split, and a manifest that speaks of it."""
    file = release / "threat" / "train-00000-of-00001.parquet"
    pq.write_table(change(pq.read_table(file)), file)
    made = json.loads((release / manifest.NAME).read_text())
    found = manifest.describe(file)
    entry = made["files"]["threat/" + file.name]
    entry.update({name: getattr(found, name) for name in entry})
    (release / manifest.NAME).write_text(json.dumps(made))
    return release
