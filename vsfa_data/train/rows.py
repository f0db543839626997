"""Conversations at any place at once: a split as one Arrow file that is mapped, not read.

Parquet is made to be read in order; training draws at random. The copy costs the disk space of
the split and no memory, and worker processes share it.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Collection, Iterator, Sequence
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
_PARTNER: Final = "match_id"
_WITHOUT: Final = "text"
"""Folder of the files whose conversations have no picture."""


def copy(files: Sequence[Path], target: Path, wanted: Collection[int] | None = None) -> int:
    """Write conversations of Parquet files to the Arrow file `target`: all, or the `wanted` ones.

    They are numbered through all files. Answers with how many were written. Raises UserError if
    columns are missing, or a row is no conversation.
    """
    first, end = 0, None if wanted is None else max(wanted, default=-1) + 1
    with pa.OSFile(str(target), "wb") as sink, pa.ipc.new_file(sink, _SCHEMA) as writer:
        for batch in itertools.chain.from_iterable(map(_batches, files)):
            part = batch
            if wanted is not None:
                numbers = range(first, first + batch.num_rows)
                part = batch.take([at for at, number in enumerate(numbers) if number in wanted])
                first = numbers.stop
            writer.write_table(part)
            if end is not None and first >= end:
                break
    return Rows(target).total


def partners(files: Sequence[Path]) -> list[str]:
    """For each row a name that it shares with its partner in another config, by image_id.

    That is the same picture, or the one that it was matched to.
    """
    found: list[str] = []
    for path in files:
        with _readable(path), pq.ParquetFile(path) as file:
            names = [name for name in ("image_id", _PARTNER) if name in file.schema_arrow.names]
            rows = file.read(columns=names).to_pylist()
            found += [min((one for one in row.values() if one), default="") for row in rows]
    return found


class Rows(Sequence[Conversation]):
    """The conversations of an Arrow file, or those of them that `chosen` names.

    Of each of these `turns` questions with their answers are left, the first ones, or all. Cheap
    to send to another process: the file is opened where it is used.
    """

    def __init__(
        self,
        path: Path,
        chosen: Sequence[int] | None = None,
        turns: Sequence[int] | None = None,
    ) -> None:
        self.path, self.turns = path, turns
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
            turns = self.turns if self.turns is None else self.turns[index]
            return Rows(self.path, self.chosen[index], turns)
        at = self.chosen[index]
        row = self._open().slice(at, 1).to_pylist()[0]
        kept = None if self.turns is None else 2 * self.turns[index]
        return Conversation(row["image_id"], row["image"], tuple(row["messages"][:kept]))

    def only(self, places: Sequence[int]) -> Rows:
        """The conversations at these places of this sequence."""
        turns = self.turns and [self.turns[place] for place in places]
        return Rows(self.path, [self.chosen[place] for place in places], turns)

    def shortened(self, turns: Sequence[int]) -> Rows:
        """The same conversations with fewer turns."""
        return Rows(self.path, self.chosen, turns)

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "chosen": self.chosen, "turns": self.turns}

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
    with _readable(path), pq.ParquetFile(path) as file:
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


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
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
