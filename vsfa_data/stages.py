"""What a stage is: a pure function from shards of tables to shards of one table.

A step (collect, filter, ...) is one or more stages. A `MapStage` sees one shard at a time and
may run in any process, in any order. A `GlobalStage` sees the metadata of all shards at once.
Both answer with one `Output` per input shard, so that shard i of every table speaks of the
same images.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa

from vsfa_data import tables
from vsfa_data.files.parquet import read_shard, row_groups

if TYPE_CHECKING:
    from vsfa_data.recipe import Recipe


@dataclass(frozen=True)
class Shard:
    """Shard `index` of every table that a stage reads, read from disk on demand.

    `files` maps a table's name to its file. `candidates` is set for collect's first stage
    alone, whose input is no file but what a source listed. `work` is the folder where stages may
    keep what outlives a recomputation; None outside a build.

    A shard of candidates may come in pieces, so that what has come of it need not wait for the
    rest. The early ones hold some of its candidates and say in `put_at` where to put what becomes
    of them; the last one holds all, and finds the early ones' results in the files `put_by`.
    """

    index: int
    files: Mapping[str, Path] = field(default_factory=dict)
    candidates: pa.Table | None = None
    work: Path | None = None
    put_at: Path | None = None
    put_by: tuple[Path, ...] = ()

    def read(self, table: tables.Table, columns: Sequence[str] | None = None) -> pa.Table:
        """Rows of `table` in this shard, only `columns` of them if given.

        Raises WorkspaceError if its file is not as it was written.
        """
        return read_shard(self.files[table.name], columns)

    def pieces(self, table: tables.Table, columns: Sequence[str]) -> Iterator[pa.Table]:
        """The same, a row group at a time: what is done with one is let go."""
        return row_groups(self.files[table.name], columns)


@dataclass(frozen=True)
class Output:
    """What a stage makes of one shard.

    `counted` is how many units went in; the engine fails the build unless it equals the number
    of `rows` plus the number of `rejects`.
    """

    rows: pa.Table
    rejects: pa.Table
    counted: int


class Stage(ABC):
    """Common to both kinds.

    `version` is raised by whoever changes what the stage computes: it is part of the stage key,
    so that older shards are recomputed and never mixed with new ones.
    """

    name: ClassVar[str]
    step: ClassVar[str]
    version: ClassVar[int]
    reads: ClassVar[tuple[tables.Table, ...]]
    libraries: ClassVar[tuple[str, ...]] = ()
    """Distributions that decide what is computed: with another version, shards are made anew."""
    writes: ClassVar[tables.Table]

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """The part of the recipe that changes what this stage computes, as plain JSON."""

    def identities(self) -> dict[str, str]:
        """Models and data files in use, by name: what they are down to the bytes. No loading."""
        return {}

    def require(self) -> None:
        """Raise SetupError if this machine lacks what the stage needs. Quick; loads nothing."""

    def reject(self, reason: str, **of: str | None) -> dict[str, str | None]:
        """One row for `rejects`, signed with this stage's step."""
        return tables.reject(self.step, reason, **of)


class MapStage(Stage):
    """A stage that looks at one shard at a time."""

    helpers: int = 1
    """Processes that a stage which runs alone may start for itself; set before `open`."""
    group_s: ClassVar[float] = 1.0
    """Seconds that a group of shards should take which a stage that runs alone is given: shorter
    ones leave a GPU idle at their ends, longer ones leave whoever waits without progress."""

    @abstractmethod
    def open(self) -> None:
        """Load models; called once in each worker process before the first shard."""

    def close(self) -> None:
        """Give back what `open` took, such as a process of its own; the stage may open again."""

    @abstractmethod
    def process(self, shard: Shard) -> Output:
        """Rows and rejects of one shard: the same bytes on any worker, in any order."""

    def put(self, shard: Shard) -> None:
        """Process an early piece of a shard: what becomes of it goes to `shard.put_at`."""
        raise ValueError(f"shard {shard.index} of {self.name} does not come in pieces")

    def alone(self) -> bool:
        """Whether one process runs all shards, because it has a GPU to itself. Asked unopened."""
        return False

    def cards(self) -> int:
        """GPUs that it can use if it runs alone: one process for each. Asked unopened."""
        return 1

    def process_all(self, shards: Iterable[Shard]) -> Iterator[Output]:
        """`process` of each shard, in order; what runs alone may work on several at a time."""
        return map(self.process, shards)


class GlobalStage(Stage):
    """A stage that needs to see every image's metadata before it can say anything of one."""

    @abstractmethod
    def process(self, shards: Sequence[Shard]) -> Iterator[Output]:
        """One output for each of `shards`, in their order."""

    def beside(self) -> Mapping[str, bytes]:
        """Files that stand beside the shards, by name; asked when `process` has ended."""
        return {}
