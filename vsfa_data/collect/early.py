"""Images of a shard that are normalised before the rest of it has come.

What becomes of them waits in a temporary file of the stage's folder. It is written and read by
workers of the same build; the next build deletes what a killed one has left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import pyarrow as pa

from vsfa_data.collect.normalised import Normalised
from vsfa_data.collect.rejected import Rejected
from vsfa_data.files.atomic import writing

Became: TypeAlias = Normalised | Rejected
"""An image, or why there is none."""

_REASONS: Final = ("reason", "detail")
_SCHEMA: Final = pa.schema(
    [
        ("position", pa.int64()),
        ("image_id", pa.string()),
        ("image", pa.large_binary()),
        ("format", pa.string()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("phash", pa.string()),
        ("reason", pa.string()),
        ("detail", pa.string()),
    ]
)


def write(path: Path, became: Mapping[int, Became]) -> None:
    """What became of candidates, by their positions: all of it at `path`, or nothing."""
    rows = []
    for position, one in became.items():
        row: dict[str, Any] = dict.fromkeys(_SCHEMA.names) | {"position": position}
        if isinstance(one, Rejected):
            rows.append(row | {"reason": one.reason, "detail": one.detail})
        else:
            rows.append(row | vars(one))
    # Not synced to disk: after a power cut, the next build makes it anew.
    half = path.with_name(f"{path.name}.half")
    with writing(path):
        with pa.ipc.new_file(half, _SCHEMA) as file:
            file.write_table(pa.Table.from_pylist(rows, _SCHEMA))
        half.replace(path)


def read(paths: Iterable[Path]) -> dict[int, Became]:
    """What became of candidates, by their positions, from all of the files."""
    became: dict[int, Became] = {}
    for path in paths:
        with pa.OSFile(str(path)) as file:
            rows = pa.ipc.open_file(file).read_all().to_pylist()
        for row in rows:
            no = {name: row.pop(name) for name in _REASONS}
            position = row.pop("position")
            became[position] = Normalised(**row) if no["reason"] is None else Rejected(**no)
    return became
