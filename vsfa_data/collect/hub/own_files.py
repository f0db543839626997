"""A dataset's own files, and no others.

A dataset card may say that the data are in any file of this machine or at any address, and a row
may name any file as its image. `datasets` would follow both.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from vsfa_data.collect.rejected import Rejected
from vsfa_data.errors import UserError, printable

MAX_FILE_BYTES: Final = 2**28
"""Size of an image file that is brought from the Hub or out of an archive; a recipe's
`collect.max_bytes` holds besides."""
CARDS: Final = ("README.md", ".huggingface.yaml")
"""Files in which a dataset says where its data are."""

MAX_CARD_PARTS: Final = 100_000
"""What a card says of its configs, at most: ten lines of YAML can stand for a billion words."""

_DAMAGED: Final = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError),
    *(NotImplementedError, OverflowError, ValueError),
    RuntimeError,  # it is encrypted
)
"""What `zipfile` raises for an archive that is not as it should be; the network's are others."""
_PARENT: Final = re.compile(r"(^|[/\\])\.\.([/\\]|$)")
_DRIVE: Final = re.compile(r"[A-Za-z]:")


def check_card(dataset: str, configs: Any) -> None:
    """Raises UserError if `configs` of a card names data outside of the dataset, or never ends."""
    if sum(1 for _ in islice(_parts(configs), MAX_CARD_PARTS + 1)) > MAX_CARD_PARTS:
        raise UserError(
            f"dataset {printable(dataset)}: its card says where its data are in more than "
            f"{MAX_CARD_PARTS:,} words. Such datasets are not read"
        )
    for pattern in _patterns(configs):
        if (
            "::" in pattern
            or "://" in pattern
            or pattern.startswith(("/", "\\", "~"))
            or _DRIVE.match(pattern)
            or _PARENT.search(pattern)
        ):
            raise UserError(
                f"dataset {printable(dataset)}: its card takes data from "
                f"{printable(pattern)[:200]!r}, outside of the dataset. Such datasets are not read"
            )


@dataclass(frozen=True)
class OwnFiles:
    """Files of one dataset: those below a local folder, or of one commit on the Hub.

    `start`: how their names begin.
    """

    start: str

    def check(self, files: Iterable[str]) -> None:
        """Raises UserError if `datasets` has found data elsewhere all the same."""
        for file in files:
            if not self._has(file.rpartition("::")[2]):
                raise UserError(
                    f"a dataset takes data from {printable(file)[:200]!r}, outside of itself. "
                    f"Such datasets are not read"
                )

    def path_or_data(self, name: str) -> dict[str, Any]:
        """The image file `name`, as `path` or `data` of a candidate; a relative one starts here.

        Raises Rejected: outside_dataset, unreadable, too_many_bytes.
        """
        *hops, base = name.split("::")
        base = self._placed(base)
        if not self._has(base) or not all(hop.startswith("zip://") for hop in hops):
            raise Rejected("outside_dataset")
        if "://" in base:
            return {"data": _brought("::".join([*hops, base]))}
        if not hops:
            return {"path": Path(base).resolve()}
        if not Path(base).is_file():  # a pipe would be waited for
            raise Rejected("unreadable", "no such file in the dataset")
        return {"data": _brought("::".join([*hops, base]))}

    def _placed(self, file: str) -> str:
        """`file` as it is, or below `start` if it says nothing of where it begins."""
        if "://" in file or file.startswith("/") or Path(file).is_absolute():
            return file
        return f"{self.start.rstrip('/')}/{file}"

    def _has(self, file: str) -> bool:
        if _PARENT.search(file):
            return False
        if "://" in self.start:
            return file.startswith(self.start)
        if "://" in file:  # for `Path` a relative name, for `fsspec` any place in the world
            return False
        try:
            whole = Path(file).resolve()
        except (ValueError, OSError, RuntimeError):  # a zero byte, a link to itself
            return False
        return any(whole.is_relative_to(root) for root in self._roots())

    def _roots(self) -> Iterator[Path]:
        """The folder; of one in the Hub's cache also where its links lead to."""
        root = Path(self.start).resolve()
        yield root
        if root.parent.name == "snapshots" and (root.parent.parent / "blobs").is_dir():
            yield root.parent.parent / "blobs"


def _parts(value: Any) -> Iterator[Any]:
    """All that is in `value`. What YAML repeats by a name counts each time, as for who reads it."""
    left = [value]
    while left:
        one = left.pop()
        yield one
        if isinstance(one, Mapping):
            left += one.values()
        elif isinstance(one, list):
            left += one


def _patterns(configs: Any) -> Iterator[str]:
    """All texts below `data_files` and `data_dir`."""
    if isinstance(configs, Mapping):
        for key, value in configs.items():
            yield from _texts(value) if key in {"data_files", "data_dir"} else _patterns(value)
    elif isinstance(configs, list):
        for value in configs:
            yield from _patterns(value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _brought(name: str) -> bytes:
    import fsspec

    try:
        with fsspec.open(name, "rb") as file:
            data = bytes(file.read(MAX_FILE_BYTES + 1))
    except FileNotFoundError:
        raise Rejected("unreadable", "no such file in the dataset") from None
    except _DAMAGED:
        raise Rejected("unreadable", "its archive is damaged") from None
    if len(data) > MAX_FILE_BYTES:
        raise Rejected("too_many_bytes", f"more than {MAX_FILE_BYTES}")
    return data
