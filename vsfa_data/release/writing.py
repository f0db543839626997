"""Rows on their way into the files of a release, config by config, split by split."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from vsfa_data.release import configs
from vsfa_data.release.fingerprint import SplitDigest
from vsfa_data.release.manifest import Split
from vsfa_data.release.rows import Member, Row, features
from vsfa_data.release.shards import SplitWriter, named
from vsfa_data.release.tally import Tally

Place = tuple[str, str]
"""Config and split."""


class Writing:
    """Writes each row where it belongs, and what is made of it, and counts it all in `tally`.

    Holds one row group of rows for each config, split and half. Call `close` when done,
    `abandon` if something failed.
    """

    def __init__(self, folder: Path, listed: Sequence[str], seed: int) -> None:
        self.tally = Tally()
        self.pictures = 0
        self._folder, self._seed = folder, seed
        self._text, self._mixed = configs.TEXT in listed, configs.MIXED in listed
        self._writers: dict[tuple[str, str, int], SplitWriter] = {}

    def add(self, member: Member, row: Row) -> None:
        """Write a picture's row, and the rows that other configs make of it."""
        self.pictures += 1
        if member.config != configs.BASE:
            self._write(member.config, member.split, 0, row)
            return
        half = configs.half(self._seed, row["image_id"]) if self._mixed else 0
        self._write(configs.BASE, member.split, half, row)
        if self._text:
            text = configs.as_text(row)
            self._write(configs.TEXT, member.split, half, text)
            if self._mixed:
                self.tally.add(configs.MIXED, member.split, text if half else row)

    def _write(self, config: str, split: str, half: int, row: Row) -> None:
        where = (config, split, half)
        if where not in self._writers:
            schema = features(configs.schema(config)).arrow_schema
            self._writers[where] = SplitWriter(self._folder / config, f"{split}-{half}", schema)
        self._writers[where].add(row)
        self.tally.add(config, split, row)

    def close(self) -> dict[Place, Split]:
        """Finish all files; what each split holds."""
        parts = {where: writer.close() for where, writer in self._writers.items()}
        splits: dict[Place, Split] = {}
        names: dict[tuple[str, str, int], list[str]] = {}
        for config, split in dict.fromkeys(where[:2] for where in self._writers):
            halves = sorted(where for where in self._writers if where[:2] == (config, split))
            files = [part for where in halves for part in parts[where]]
            final = iter(named(self._folder / config, split, files))
            for where in halves:
                names[where] = [f"{config}/{next(final).name}" for _ in parts[where]]
            splits[config, split] = self._split(halves)
        if self._mixed:
            splits |= dict(self._made_of(names))
        return splits

    def _made_of(
        self, names: dict[tuple[str, str, int], list[str]]
    ) -> Iterator[tuple[Place, Split]]:
        """The splits of `mixed`: one half of the files of either config."""
        for split in dict.fromkeys(split for _, split, _ in names):
            halves = [
                (config, split, half)
                for config, half in configs.HALF_OF_MIXED.items()
                if (config, split, half) in names
            ]
            if halves:
                files = [name for where in halves for name in names[where]]
                yield (configs.MIXED, split), self._split(halves, files)

    def _split(self, wheres: Sequence[tuple[str, str, int]], files: Sequence[str] = ()) -> Split:
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
        for writer in self._writers.values():
            writer.abandon()
