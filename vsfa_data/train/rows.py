"""Conversations at any place at once: a split as one Arrow file that is mapped, not read.

Parquet is made to be read in order; training draws at random. The copy costs the disk space of
the split and no memory, and worker processes share it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, overload

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from vsfa_data.errors import UserError, printable
from vsfa_data.train.conversation import Conversation

_IMAGE: Final = "image"
_NEEDED: Final = ("image_id", "messages")
_ROLES: Final = ("user", "assistant")
_WITHOUT: Final = "text"
"""Folder of the files whose conversations have no picture."""


def copy(files: Sequence[Path], target: Path, limit: int | None = None) -> int:
    """Write the first `limit` conversations of Parquet files to the Arrow file `target`.

    Answers with their number. Raises UserError if columns are missing, or a row is no
    conversation.
    """
    left = limit
    with pa.OSFile(str(target), "wb") as sink, pa.ipc.new_file(sink, _SCHEMA) as writer:
        for path in files:
            for batch in _batches(path):
                part = batch if left is None else batch.slice(0, left)
                writer.write_table(part)
                if left is not None:
                    left -= part.num_rows
                    if left == 0:
                        return limit or 0
    return Rows(target).total


class Rows(Sequence[Conversation]):
    """The conversations of an Arrow file, or those of them that `chosen` names.

    Cheap to send to another process: the file is opened where it is used.
    """

    def __init__(self, path: Path, chosen: Sequence[int] | None = None) -> None:
        self.path = path
        self.chosen = range(self._open().num_rows) if chosen is None else chosen

    @property
    def total(self) -> int:
        """Conversations in the file."""
        return int(self._open().num_rows)

    def __len__(self) -> int:
        return len(self.chosen)

    @overload
    def __getitem__(self, index: int) -> Conversation: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Conversation]: ...
    def __getitem__(self, index: int | slice) -> Conversation | Sequence[Conversation]:
        """The conversation at `index`, or a choice of them."""
        if isinstance(index, slice):
            return Rows(self.path, self.chosen[index])
        at = self.chosen[index]
        row = self._open().slice(at, 1).to_pylist()[0]
        return Conversation(row["image_id"], row["image"], tuple(row["messages"]))

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "chosen": self.chosen}

    def _open(self) -> pa.Table:
        found = self.__dict__.get("_table")
        if found is None:
            self._table = found = pa.ipc.open_file(pa.memory_map(str(self.path))).read_all()
        return found


_SCHEMA: Final = pa.schema(
    [
        ("image_id", pa.string()),
        (_IMAGE, pa.large_binary()),
        ("messages", pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))),
    ]
)


def _batches(path: Path) -> Any:
    """Tables of _SCHEMA, a few dozen rows each."""
    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            missing = [name for name in _NEEDED if name not in names]
            if missing:
                raise UserError(
                    f"{path} has no column '{missing[0]}', so it is no split of a release. "
                    f"Its columns: {printable(', '.join(names))[:200]}"
                )
            columns = [*_NEEDED, *([_IMAGE] if _IMAGE in names else [])]
            for batch in file.iter_batches(batch_size=32, columns=columns):
                yield _checked(path, pa.Table.from_batches([batch]))
    except (pa.ArrowException, OSError) as error:
        raise UserError(
            f"{path} cannot be read as Parquet ({printable(str(error))[:200]}). "
            f"Build or download the release again"
        ) from None


def _checked(path: Path, table: pa.Table) -> pa.Table:
    try:
        pictures = pa.nulls(len(table))
        if _IMAGE in table.column_names:
            pictures = pc.struct_field(table.column(_IMAGE), "bytes")
        columns = {name: table.column(name) for name in _NEEDED} | {_IMAGE: pictures}
        found = pa.table(columns).select(_SCHEMA.names).cast(_SCHEMA)
    except (pa.ArrowException, KeyError, AttributeError):
        raise UserError(
            f"{path}: 'image', 'image_id' or 'messages' is not of the type that a release has. "
            f"Run: vsfa-data verify {path.parent.parent}"
        ) from None
    if path.parent.name != _WITHOUT and found.column(_IMAGE).null_count:
        raise UserError(
            f"{path} has rows without a picture. Run: vsfa-data verify {path.parent.parent}"
        )
    for row in found.select(["image_id", "messages"]).to_pylist():
        _check_turns(path, row)
    return found


def _check_turns(path: Path, row: dict[str, Any]) -> None:
    turns = row["messages"] or []
    roles = [turn["role"] if turn else None for turn in turns]
    if not turns or roles != [_ROLES[n % 2] for n in range(len(turns))] or len(turns) % 2:
        raise UserError(
            f"{path}: the messages of {printable(str(row['image_id']))[:80]} do not alternate "
            f"between user and assistant. Run: vsfa-data verify {path.parent.parent}"
        )
    if any(not turn["content"] for turn in turns):
        raise UserError(
            f"{path}: a message of {printable(str(row['image_id']))[:80]} is empty. "
            f"Run: vsfa-data verify {path.parent.parent}"
        )
