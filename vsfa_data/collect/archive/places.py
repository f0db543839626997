"""Where archives are: files of this machine or addresses, one or a numbered series of them."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final, cast
from urllib.parse import urlsplit

from vsfa_data import resources
from vsfa_data.collect import references
from vsfa_data.collect.fetch.settings import FetchSection
from vsfa_data.collect.rejected import Rejected
from vsfa_data.errors import UserError, printable

MAX_ARCHIVES: Final = 100_000
_SERIES: Final = re.compile(r"\{(\d{1,9})\.\.(\d{1,9})\}")
_ADDRESS: Final = re.compile(r"https?://", re.IGNORECASE)
_KINDS: Final = "a .tar, .tar.gz, .tar.zst or .zip archive"


@dataclass(frozen=True)
class Place:
    """One archive: what it is called, and either its file or its address."""

    name: str
    path: Path | None = None
    url: str | None = None

    @contextmanager
    def opened(self, fetch: FetchSection, max_bytes: int) -> Iterator[BufferedReader]:
        """The archive as a file; from an address it is first brought into a nameless one.

        `max_bytes`: size of what is brought, at most. Raises UserError if it is not to be had.
        """
        if self.path is None:
            with tempfile.TemporaryFile() as file:
                self._bring(file, fetch, max_bytes)
                file.seek(0)
                yield cast(BufferedReader, file)
            return
        with _open(checked(self.path)) as file:
            yield file

    def state(self) -> str:
        """What changes with the archive; an address is taken to lead to the same one always."""
        if self.path is None:
            return f"{self.url}"
        status = checked(self.path).stat()
        times = f"{status.st_mtime_ns}:{status.st_ctime_ns}"
        return f"{self.name}:{status.st_size}:{status.st_mode}:{times}"

    def _bring(self, file: BinaryIO, fetch: FetchSection, max_bytes: int) -> None:
        from vsfa_data.collect.fetch.background import Background
        from vsfa_data.files.atomic import writing

        try:
            with (
                Background(fetch, max_bytes) as web,
                writing(Path(tempfile.gettempdir(), "archive")),
            ):
                file.writelines(web.stream(self.url or "", max_bytes))
        except Rejected as no:
            what = f"{no.reason}: {no.detail}" if no.detail else no.reason
            cure = (
                "Try again later, or correct 'path' of the source, or download it and set 'path' "
                "to the file"
            )
            if no.reason == "too_many_bytes":
                cure = "If you want all of it, raise 'max_archive_bytes' of the source"
            raise UserError(
                f"archive {printable(self.name)} cannot be fetched ({what}). {cure}"
            ) from None


def of(path: str) -> tuple[Place, ...]:
    """The archives that `path` of a recipe means; `{000..127}` stands for each number in turn.

    Raises UserError for a series of no or too many archives.
    """
    found = tuple(islice(_expanded(path), MAX_ARCHIVES + 1))
    if not 0 < len(found) <= MAX_ARCHIVES:
        raise UserError(
            f"'path' {path} means {'no' if not found else 'too many'} archives; a series is "
            f"written from its first number to its last, as in {{000..127}}, and has at most "
            f"{MAX_ARCHIVES:,} archives"
        )
    if _ADDRESS.match(path):
        return _distinct([Place(_public(url), url=url) for url in found])
    paths = [resources.inside(one).absolute() for one in found]
    common = Path(os.path.commonpath([one.parent for one in paths]))
    return tuple(
        Place(references.of(os.fsencode(one.relative_to(common))), path=one) for one in paths
    )


def checked(path: Path) -> Path:
    """`path` if it is a file; else raises UserError."""
    if not path.is_file():
        wrong = "is not a file" if path.exists() else "does not exist"
        raise UserError(f"archive {path} {wrong}; set 'path' of the source to {_KINDS}")
    return path


def _open(path: Path) -> BufferedReader:
    try:
        return path.open("rb")
    except OSError as error:
        raise UserError(
            f"archive {path} cannot be read ({error.strerror}); make it readable, or set 'path' "
            f"of the source to another one"
        ) from None


def check_digest(place: Place, file: BufferedReader, wanted: str) -> None:
    """Raises UserError unless `file` has the sha256 `wanted`; leaves it at its start."""
    found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != wanted:
        raise UserError(
            f"archive {printable(place.name)} has the sha256 {found}, not {wanted}: it is not the "
            f"one that the recipe means. Get that one, or correct 'sha256' of the source"
        )
    file.seek(0)


def _expanded(path: str) -> Iterator[str]:
    series = _SERIES.search(path)
    if series is None:
        yield path
        return
    first, last = series[1], series[2]
    for number in range(int(first), int(last) + 1):
        head = f"{path[: series.start()]}{number:0{len(first)}d}"
        for tail in _expanded(path[series.end() :]):
            yield head + tail


def _public(url: str) -> str:
    """The address without what may be a secret: user name, password, query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "address"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _distinct(places: list[Place]) -> tuple[Place, ...]:
    """Numbered where only the query tells them apart."""
    if len({place.name for place in places}) == len(places):
        return tuple(places)
    return tuple(Place(f"{one.name}~{number}", url=one.url) for number, one in enumerate(places))
