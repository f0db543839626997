"""The work folder: shards written atomically, stage keys beside them, one build at a time.

    DIR/work/.lock                     held while a build runs; names its holder
    DIR/work/<stage>/key.json          what the shards beside it were made from
    DIR/work/<stage>/part-00000.parquet     rows of shard 0: it exists only when it is whole
    DIR/work/<stage>/rejects-00000.parquet  what the stage rejected in shard 0
    DIR/work/<stage>/done.json         number of shards, once every one of them is there
    DIR/work/select/balance.json       how alike threats and controls are, before and after
    DIR/work/select/audit.csv          rejected images drawn by lot, for people to look at
    DIR/work/replies/replies.sqlite    what captioners were told; survives a recomputation

Truth is read from the data files: counts come from their footers, never from a note about them.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import json
import os
import re
import socket
import sys
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from vsfa_data.errors import CountError, SetupError, WorkspaceError
from vsfa_data.resources import user_path
from vsfa_data.stages import Output, read_shard

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
DENIED: Final = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENAMETOOLONG, errno.ELOOP}
    # A volume that is mounted just where a folder is to be put in another's place.
    | {errno.EBUSY, errno.EXDEV}
    # Something else of that name: a folder where a file belongs, or the reverse.
    | {errno.EISDIR, errno.ENOTDIR}
)
OURS: Final = re.compile(
    r"key\.json|done\.json|released\.json|balance\.json|audit\.csv|(part|rejects)-\d+\.parquet|\.tmp-\d+-.*"
)
"""Names of the files in a stage's folder."""
WRITERS: Final = 8
"""Shards that a global stage writes at a time."""
ROWS_PER_GROUP: Final = 64
"""Rows in one row group of a shard: image bytes are read back in pieces of about this many."""


@dataclass(frozen=True)
class Counts:
    """How many units of a stage went in, were kept, were rejected for which reason."""

    counted: int
    kept: int
    rejected: Mapping[str, int]


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a full disk or a refused write into one line that says what to do.

    Raises SetupError for these; any other OSError passes.
    """
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise SetupError(
                f"no space left while writing {path} ({os.strerror(error.errno or 0)}). Free some, "
                f"then run the same command again: finished shards are kept"
            ) from error
        if error.errno in DENIED or isinstance(error, NotADirectoryError | FileExistsError):
            raise SetupError(
                f"cannot write {path} ({os.strerror(error.errno or 0)}). "
                f"Choose a folder that you may write to with --out"
            ) from error
        raise


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path`, whole or not at all, and let it survive a power cut."""
    with writing(path):
        temporary = _temporary(path)
        try:
            _put(temporary, content)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync(path.parent)


def write_both_atomically(first: Path, content: bytes, second: Path, other: bytes) -> None:
    """As `write_atomically`, of two files in one folder: the second is never there alone.

    The disk has both of them to write at a time: waiting for it is what takes long.
    """
    with writing(first), ThreadPoolExecutor(1) as thread:
        temporaries = _temporary(first), _temporary(second)
        try:
            beside = thread.submit(_put, temporaries[0], content)
            _put(temporaries[1], other)
            beside.result()
            temporaries[0].replace(first)
            temporaries[1].replace(second)
        except BaseException:
            thread.shutdown()
            for temporary in temporaries:
                temporary.unlink(missing_ok=True)
            raise
        sync(first.parent)


def _once_there(written: Future[None], counted: int) -> int:
    written.result()
    return counted


def _temporary(path: Path) -> Path:
    return path.with_name(f".tmp-{os.getpid()}-{path.name}")


def _put(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems cannot do this for a folder, and need not.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP) or not path.is_dir():
            raise
    finally:
        os.close(descriptor)


def digest(value: object) -> str:
    """Sha256 (hex) of a JSON value, independent of the order of its keys."""
    return hashlib.sha256(_canonical(value)).hexdigest()


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


class StageFolder:
    """Where the shards of one stage lie."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self, index: int) -> Path:
        """File of the rows of shard `index`."""
        return self.path / f"part-{index:05d}.parquet"

    def rejects(self, index: int) -> Path:
        """File of what was rejected in shard `index`."""
        return self.path / f"rejects-{index:05d}.parquet"

    def has(self, index: int) -> bool:
        """Whether shard `index` is finished: rejects are written first, rows last."""
        return self.rows(index).exists() and self.rejects(index).exists()

    def write(self, index: int, output: Output) -> None:
        """Write a shard unless it is there. Raises CountError if `output` lost or gained rows."""
        kept, rejected = output.rows.num_rows, output.rejects.num_rows
        if output.counted != kept + rejected:
            raise CountError(
                f"{self.path.name}, shard {index}: {output.counted} went in, but {kept} were kept "
                f"and {rejected} rejected"
            )
        if not self.has(index):
            self.drop(index)  # rows that lost their rejects must not pass for those of others
            rejects, rows = as_parquet(output.rejects), as_parquet(output.rows)
            write_both_atomically(self.rejects(index), rejects, self.rows(index), rows)

    def write_all(self, outputs: Iterable[tuple[int, Output]]) -> Iterator[int]:
        """Write shards as `write` does, and give what each had counted once it is there.

        WRITERS of them wait for the disk at a time, which takes longer than making them.
        """
        under_way: deque[tuple[Future[None], int]] = deque()
        with ThreadPoolExecutor(WRITERS) as threads:
            for index, output in outputs:
                under_way.append((threads.submit(self.write, index, output), output.counted))
                if len(under_way) == WRITERS:
                    yield _once_there(*under_way.popleft())
            while under_way:
                yield _once_there(*under_way.popleft())

    def write_beside(self, files: Mapping[str, bytes]) -> None:
        """Write what a stage has to say of all its shards, before `finish`."""
        for name, content in files.items():
            write_atomically(self.path / name, content)

    def read_beside(self, name: str) -> dict[str, Any]:
        """What the stage has said in a JSON file beside its shards; empty if there is none."""
        return _read_json(self.path / name) or {}

    def drop(self, index: int) -> None:
        """Delete shard `index`, rows first: without them it is not finished."""
        with writing(self.path):
            self.rows(index).unlink(missing_ok=True)
            self.rejects(index).unlink(missing_ok=True)

    def finish(self, shards: int, **notes: str) -> None:
        """Note that the stage has all its shards, and what else is to be known of them."""
        said = {"shards": shards, **notes}
        if _read_json(self.path / "done.json") != said:
            write_atomically(self.path / "done.json", _canonical(said))

    def note(self, name: str) -> str | None:
        """What `finish` was told as `name`, or None."""
        found = (_read_json(self.path / "done.json") or {}).get(name)
        return found if isinstance(found, str) else None

    def finished(self) -> int | None:
        """How many shards there are, or None while the stage is unfinished."""
        noted = _read_json(self.path / "done.json")
        shards = noted.get("shards") if noted else None
        if not isinstance(shards, int) or not all(self.has(index) for index in range(shards)):
            return None
        # A note that somebody has edited must not have shards forgotten.
        return None if self.has(max(shards, 0)) or shards < 0 else shards

    def counts(self, shards: Iterable[int]) -> Counts:
        """Counts over finished shards, read from the data files themselves."""
        kept, rejected = 0, Counter[str]()
        try:
            for index in shards:
                kept += int(pq.read_metadata(self.rows(index)).num_rows)
                reasons = read_shard(self.rejects(index), ["reason"])
                rejected.update(reasons.column("reason").to_pylist())
        except (pa.ArrowInvalid, OSError) as error:
            raise WorkspaceError(
                f"{self.path} holds a damaged shard ({error}). Delete that folder and run the "
                f"same command again"
            ) from error
        return Counts(kept + rejected.total(), kept, dict(sorted(rejected.items())))

    def first_rejects(self, shards: Iterable[int], most: int) -> list[tuple[str, str]]:
        """`source_ref` and reason of the first rejects, at most so many."""
        found: list[tuple[str, str]] = []
        for index in shards:
            rows = read_shard(self.rejects(index), ["source_ref", "reason"]).to_pylist()
            found += [(row["source_ref"] or "", row["reason"]) for row in rows]
            if len(found) >= most:
                break
        return found[:most]

    def all_rejects(self, shards: Iterable[int]) -> Iterator[dict[str, str | None]]:
        """`source_ref`, reason and detail of each reject."""
        for index in shards:
            yield from read_shard(
                self.rejects(index), ["source_ref", "reason", "detail"]
            ).to_pylist()

    def content(self, shards: Iterable[int]) -> str:
        """Digest of the rows of finished shards; a picture is in it by its image_id.

        It tells a stage that reads them whether they are those it read before: a shard that was
        deleted and made anew, or edited, need not be.
        """
        found = hashlib.sha256()
        for index in shards:
            path = self.rows(index)
            names = _without_pictures(pq.read_schema(path))
            if names is None:
                found.update(hashlib.sha256(path.read_bytes()).digest())
            else:
                found.update(
                    hashlib.sha256(_canonical(read_shard(path, names).to_pylist())).digest()
                )
        return found.hexdigest()

    def _clear(self) -> None:
        """Delete what a stage wrote, and nothing else: a user's file there stops the build."""
        found = sorted(self.path.iterdir()) if self.path.is_dir() else []
        foreign = [path for path in found if path.is_dir() or not OURS.match(path.name)]
        if foreign or self.path.is_symlink():
            raise WorkspaceError(
                f"{foreign[0] if foreign else self.path} is not of this program's making, and "
                f"{self.path} is where a stage keeps its shards. Move it away, or choose another "
                f"folder with --out"
            )
        for path in found:
            path.unlink()

    def prepare(self, ingredients: Mapping[str, Any]) -> Preparation:
        """Make the folder ready for shards made from `ingredients`; drop any made from others."""
        key, noted = digest(ingredients), _read_json(self.path / "key.json")
        if noted is not None and noted.get("key") == key:
            status: Status = "reused" if self.finished() is not None else "resumed"
            return Preparation(key, status, ())
        why = tuple(differences(noted.get("ingredients", {}), ingredients)) if noted else ()
        with writing(self.path):
            # The key goes first: shards without a key beside them are never trusted.
            (self.path / "key.json").unlink(missing_ok=True)
            self._clear()
            self.path.mkdir(parents=True, exist_ok=True)
        write_atomically(
            self.path / "key.json", _canonical({"key": key, "ingredients": ingredients})
        )
        return Preparation(key, "recomputed" if noted else "computed", why)


Status = Literal["computed", "resumed", "recomputed", "reused"]


@dataclass(frozen=True)
class Preparation:
    """What `StageFolder.prepare` found: the stage key, what will be done, and why."""

    key: str
    status: Status
    why: tuple[str, ...]


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """What changed between two nested mappings, one line a value: `filter.x: 1 -> 2`."""
    before, after = dict(_flat(old)), dict(_flat(new))
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            yield f"{key}: {_short(before.get(key))} -> {_short(after.get(key))}"


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _flat(inner, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(value, list | tuple) and any(isinstance(v, Mapping) for v in value):
        for number, inner in enumerate(value):
            yield from _flat(inner, f"{prefix}.{number}")
    else:
        yield prefix, list(value) if isinstance(value, tuple) else value


def _short(value: Any) -> str:
    text = "not set" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:28] + "..." + text[-28:]


class Workspace:
    """The folder of one build, held by one process at a time. Use as a context manager.

    Raises WorkspaceError if another process holds it, SetupError if it cannot be written.
    What fails before anything is finished takes the folders with it that it made.
    """

    def __init__(self, out: Path) -> None:
        self.out = user_path(out).resolve()
        if not str(self.out).isprintable():
            raise WorkspaceError(f"--out {str(self.out)!r}: choose a name of printable characters")
        self.work = self.out / "work"
        self.release = self.out / "release"
        self._lock = FileLock(self.work / ".lock", timeout=0)
        self._holder = self.work / ".holder.json"
        self._made: list[Path] = []

    def __enter__(self) -> Workspace:
        folders = (self.work, *self.work.parents)
        self._made = list(itertools.takewhile(lambda folder: not folder.exists(), folders))
        with writing(self.work):
            self.work.mkdir(parents=True, exist_ok=True)
            try:
                self._lock.acquire()
            except Timeout:
                raise WorkspaceError(
                    f"{self.out} is in use by {self._named_holder()}. "
                    f"Wait until it ends, or choose another folder with --out"
                ) from None
        for left in (*self.work.glob(".tmp-*"), *self.work.glob("*/.tmp-*")):
            if OURS.match(left.name) and left.is_file():
                left.unlink()
        write_atomically(
            self._holder,
            _canonical(
                {"pid": os.getpid(), "host": socket.gethostname(), "command": _command_line()}
            ),
        )
        return self

    def __exit__(self, kind: type[BaseException] | None = None, *_: object) -> None:
        self._holder.unlink(missing_ok=True)
        if kind is not None and self._made:
            with contextlib.suppress(OSError):
                self._remove_bare()
        self._lock.release()

    def _remove_bare(self) -> None:
        """Delete the folders that were made, if nothing but keys of stages came to be in them.

        The lock is still held: whoever waits for it finds that its file is gone, and makes anew.
        """
        lock = Path(self._lock.lock_file)
        keys = list(self.work.glob("*/key.json"))
        stages = [path.parent for path in keys]
        found = {*self.work.iterdir(), *(path for stage in stages for path in stage.iterdir())}
        if found == {lock, *keys, *stages}:
            for file in (*keys, lock):
                file.unlink()
            for folder in (*stages, *self._made):
                folder.rmdir()

    def stage(self, name: str) -> StageFolder:
        """Folder of the stage `name`."""
        return StageFolder(self.work / name)

    def _named_holder(self) -> str:
        holder = _read_json(self._holder)
        if holder is None:
            return "another build"
        pid, host = holder.get("pid"), holder.get("host")
        return f"process {pid} on {host} ({holder.get('command')})"


def _command_line() -> str:
    line = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:200]
    return line.encode("utf-8", "backslashreplace").decode("utf-8")


def as_parquet(table: pa.Table) -> bytes:
    """A Parquet file of `table`; images are compressed already, so they are stored as they are."""
    sink = pa.BufferOutputStream()
    plain = [field.name for field in table.schema if field.type == pa.large_binary()]
    compression = {
        field.name: "none" if field.name in plain else "snappy" for field in table.schema
    }
    nested = any(pa.types.is_nested(field.type) for field in table.schema)
    pq.write_table(
        table,
        sink,
        write_page_checksum=True,
        compression="snappy" if nested else compression,
        row_group_size=ROWS_PER_GROUP,
        use_dictionary=[name for name in table.schema.names if name not in plain]
        if not nested
        else True,
    )
    return bytes(sink.getvalue())


def _without_pictures(schema: pa.Schema) -> list[str] | None:
    """Names of the other columns, or None if there are no pictures."""
    names = [field.name for field in schema if field.type != pa.large_binary()]
    return names if len(names) < len(schema) else None


def _read_json(path: Path) -> dict[str, Any] | None:
    """A JSON object, or None if there is none that can be read."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
