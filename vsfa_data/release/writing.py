"""Rows on their way into the files of a release, config by config, split by split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

from vsfa_data.release import configs
from vsfa_data.release.background import Background
from vsfa_data.release.fingerprint import SplitDigest
from vsfa_data.release.manifest import File, Split
from vsfa_data.release.partfile import PartFile
from vsfa_data.release.rows import Member, Row, features
from vsfa_data.release.shards import SplitWriter, names
from vsfa_data.release.tally import Tally

_SYNCING: Final = 4
Place = tuple[str, str]
"""Config and split."""
Origins = Mapping[str, Mapping[str, str]]
"""Config -> image_id -> the file of the last version that its row was in."""
NEW: Final = "~"
"""In place of a file's name: the last version did not have the row. Sorts behind all names."""


class Where(NamedTuple):
    """Rows that share files: those of a half, which were in one file of the last version too.

    So every file of the last version comes out again as it was, unless rows of it changed, and
    new rows lie in files of their own, behind the others.
    """

    config: str
    split: str
    half: int
    origin: str


class Writing:
    """Writes each row where it belongs, and what is made of it, and counts it all in `tally`.

    `members` are all that will be added. Holds one row group of rows for each `Where` that is
    not complete. Once all are added, call `close`, then `finish`, then `settle`, and do what else
    there is to do in between: files are written and synced meanwhile. `abandon` always.
    """

    def __init__(
        self,
        folder: Path,
        listed: Sequence[str],
        seed: int,
        members: Mapping[str, Member],
        origins: Origins | None = None,
    ) -> None:
        self.tally = Tally()
        self.pictures = 0
        self.files: dict[str, File] = {}
        """What was written, by the name in the release; complete once finished."""
        self._folder, self._seed, self._origins = folder, seed, origins or {}
        self._text, self._mixed = configs.TEXT in listed, configs.MIXED in listed
        self._background = Background()
        # Each waits for the disk most of the time.
        self._disk = ThreadPoolExecutor(_SYNCING, "syncing")
        self._named: list[tuple[PartFile, str]] = []
        self._writers: dict[Where, SplitWriter] = {}
        self._due = Counter(
            where for image_id, one in members.items() for where in self._places(one, image_id)
        )

    def add(self, member: Member, row: Row) -> None:
        """Write a picture's row, and the rows that other configs make of it."""
        self.pictures += 1
        for where in self._places(member, row["image_id"]):
            own = configs.as_text(row) if where.config == configs.TEXT else row
            self._write(where, own)
            # One half of `mixed` is rows of `threat`, the other rows of `text`.
            if self._mixed and configs.HALF_OF_MIXED.get(where.config) == where.half:
                self.tally.add(configs.MIXED, where.split, own)

    def let_go(self) -> None:
        """Hold on to no memory that the rows came in."""
        for writer in self._writers.values():
            writer.let_go()

    def _places(self, member: Member, image_id: str) -> Iterator[Where]:
        """Where the rows of a picture belong."""
        base = member.config == configs.BASE
        half = configs.half(self._seed, image_id) if base and self._mixed else 0
        for config in (member.config, *([configs.TEXT] if base and self._text else [])):
            origin = self._origins.get(config, {}).get(image_id, NEW)
            yield Where(config, member.split, half, origin)

    def _write(self, where: Where, row: Row) -> None:
        if where not in self._writers:
            schema = features(configs.schema(where.config)).arrow_schema
            path = self._folder / where.config / f"{where.split}-{len(self._writers)}"
            self._writers[where] = SplitWriter(path, schema, self._background, self._disk)
        self._writers[where].add(row)
        self.tally.add(where.config, where.split, row)
        self._due[where] -= 1
        if not self._due[where]:
            self._writers[where].close()

    def close(self) -> dict[Place, Split]:
        """Have the rest written; what each split holds."""
        for writer in self._writers.values():
            writer.close()
        splits: dict[Place, Split] = {}
        called: dict[Where, list[str]] = {}
        for config, split in dict.fromkeys(where[:2] for where in self._writers):
            wheres = sorted(where for where in self._writers if where[:2] == (config, split))
            parts = [(where, part) for where in wheres for part in self._writers[where].parts]
            for (where, part), name in zip(parts, names(split, len(parts)), strict=True):
                called.setdefault(where, []).append(f"{config}/{name}")
                self._named.append((part, f"{config}/{name}"))
            splits[config, split] = self._split(wheres)
        if self._mixed:
            splits |= dict(self._made_of(called))
        return splits

    def finish(self) -> None:
        """Wait until all is written, and give files their final names."""
        self._background.finish()
        for part, name in self._named:
            part.path.rename(self._folder / name)
            self.files[name] = part.described

    def settle(self) -> None:
        """Wait until all is on the disk. Raises OSError if something is not."""
        self._disk.shutdown(wait=True)
        for part, _ in self._named:
            part.settle()

    def _made_of(self, called: Mapping[Where, list[str]]) -> Iterator[tuple[Place, Split]]:
        """The splits of `mixed`: one half of the files of either config."""
        for split in dict.fromkeys(where.split for where in called):
            wheres = [
                where
                for config, half in configs.HALF_OF_MIXED.items()
                for where in sorted(called)
                if where[:3] == (config, split, half)
            ]
            if wheres:
                files = [name for where in wheres for name in called[where]]
                yield (configs.MIXED, split), self._split(wheres, files)

    def _split(self, wheres: Sequence[Where], files: Sequence[str] = ()) -> Split:
        writers = [self._writers[where] for where in wheres]
        digest = SplitDigest(writer.digest for writer in writers)
        return Split(
            rows=digest.rows,
            bytes=sum(writer.bytes for writer in writers),
            digest=digest.hexdigest(),
            files=list(files),
        )

    def abandon(self) -> None:
        """Let go of all open files."""
        self._background.stop()
        self._disk.shutdown(wait=True, cancel_futures=True)
        for writer in self._writers.values():
            writer.abandon()
