"""Rows on their way into the files of a release, config by config, split by split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from vsfa_data.release import configs
from vsfa_data.release.background import Background
from vsfa_data.release.fingerprint import SplitDigest
from vsfa_data.release.manifest import File, Split
from vsfa_data.release.rows import Member, Row, features
from vsfa_data.release.shards import SplitWriter, named
from vsfa_data.release.tally import Tally

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
    not complete. Call `close` when done, `abandon` if something failed.
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
        """What was written, by the name in the release; complete once closed."""
        self._folder, self._seed, self._origins = folder, seed, origins or {}
        self._text, self._mixed = configs.TEXT in listed, configs.MIXED in listed
        self._background = Background()
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

    def settle(self) -> None:
        """Hold on to no memory that the rows came in."""
        for writer in self._writers.values():
            writer.settle()

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
            stem = f"{where.split}-{len(self._writers)}"
            folder = self._folder / where.config
            self._writers[where] = SplitWriter(folder, stem, schema, self._background)
        self._writers[where].add(row)
        self.tally.add(where.config, where.split, row)
        self._due[where] -= 1
        if not self._due[where]:
            self._writers[where].close()

    def close(self) -> dict[Place, Split]:
        """Finish all files; what each split holds."""
        for writer in self._writers.values():
            writer.close()
        self._background.finish()
        self._background.stop()
        splits: dict[Place, Split] = {}
        names: dict[Where, list[str]] = {}
        for config, split in dict.fromkeys(where[:2] for where in self._writers):
            wheres = sorted(where for where in self._writers if where[:2] == (config, split))
            parts = [(where, part) for where in wheres for part in self._writers[where].parts]
            paths = named(self._folder / config, split, [part.path for _, part in parts])
            for (where, part), path in zip(parts, paths, strict=True):
                name = f"{config}/{path.name}"
                names.setdefault(where, []).append(name)
                self.files[name] = part.described
            splits[config, split] = self._split(wheres)
        if self._mixed:
            splits |= dict(self._made_of(names))
        return splits

    def _made_of(self, names: Mapping[Where, list[str]]) -> Iterator[tuple[Place, Split]]:
        """The splits of `mixed`: one half of the files of either config."""
        for split in dict.fromkeys(where.split for where in names):
            wheres = [
                where
                for config, half in configs.HALF_OF_MIXED.items()
                for where in sorted(names)
                if where[:3] == (config, split, half)
            ]
            if wheres:
                files = [name for where in wheres for name in names[where]]
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
        for writer in self._writers.values():
            writer.abandon()
