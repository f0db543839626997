"""Reading published rows back as a stranger would: pictures, ids, clusters, conversations."""

from __future__ import annotations

import hashlib
import struct
import warnings
import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from vsfa_data import pictures
from vsfa_data.release.fingerprint import SplitDigest
from vsfa_data.release.markdown import one_line
from vsfa_data.release.rows import SCHEMA, Row, conversation
from vsfa_data.release.tally import Tally

MAX_GROUP_BYTES: Final = 2**30
"""Uncompressed size of a row group that is read, at most: what others wrote is not trusted."""
MAX_PIXELS: Final = 178_956_970
"""Pixels of a picture that is decoded, at most: where Pillow itself would refuse."""
MAX_LINES: Final = 5
"""Lines about the rows of one split, at most; the others are counted."""


class Inspection:
    """Takes splits one by one; `problems` has what is wrong with their rows."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.tally = Tally()
        self._places: dict[str, tuple[str, str]] = {}
        self._matches: dict[str, str] = {}
        self._clusters: dict[tuple[str, str], str] = {}

    def split(
        self, folder: Path, config: str, split: str, files: Sequence[str]
    ) -> SplitDigest | None:
        """Read the rows of one split, in order, a row group at a time. None: not all readable."""
        digest, found = SplitDigest(), []
        for name in files:
            try:
                for row in _rows(folder / name):
                    where = f"{name}: row {digest.rows}"
                    digest.add(row)
                    found += [f"{where}: {what}" for what in self._row(row, config, split)]
            # ValueError: Arrow's own errors, text that is not UTF-8, a NaN.
            except (pa.ArrowException, OSError, ValueError) as error:
                self.problems.append(f"{name}: {one_line(str(error))}")
                return None
        self.problems += shortened(found, f"{config}/{split}-*")
        return digest

    def _row(self, row: Row, config: str, split: str) -> Iterator[str]:
        """What is wrong with a row, by itself and beside those before it."""
        if (missing := _missing(row)) is not None:
            yield f"{missing} is missing"
            return
        self.tally.add(config, split, row)
        yield from row_problems(row)
        if row["image_id"] in self._places:
            yield "its image_id has been published already"
        self._places[row["image_id"]] = (config, split)
        if row["match_id"] is not None:
            self._matches[row["image_id"]] = row["match_id"]
        other = self._clusters.setdefault((config, row["cluster_id"]), split)
        if other != split:
            yield f"its near-duplicate cluster is in {other} too"

    def unmatched(self) -> Iterator[str]:
        """Images without the partner they name: to be asked once all splits have been read."""
        for image_id, partner in self._matches.items():
            config, split = self._places[image_id]
            other, its_split = self._places.get(partner, (config, ""))
            if other == config or its_split != split:
                yield f"{config}/{split}-*: {one_line(image_id)}: match_id names no partner of it"


def row_problems(row: Row) -> Iterator[str]:
    """What is wrong with one complete row, looked at alone."""
    data = row["image"]["bytes"]
    if row["image"]["path"] is not None:
        yield "the picture names a file of somebody's machine"
    if hashlib.sha256(data).hexdigest() != row["image_id"]:
        yield "image_id is not the sha256 of the picture"
    if problem := picture_problem(data, (row["width"], row["height"])):
        yield problem
    if not row["qa"] or row["messages"] != conversation(row["qa"]):
        yield "messages and qa are not the same conversation"


def shortened(lines: Sequence[str], where: str) -> list[str]:
    """The first MAX_LINES of `lines`, and how many more there are."""
    more = len(lines) - MAX_LINES
    return [*lines[:MAX_LINES], *([f"{where}: {more} more like these"] if more > 0 else [])]


def _missing(row: Row) -> str | None:
    """The first thing that a row must have and lacks."""
    for name in ("image", "image_id", "messages", "qa", "width", "height", "cluster_id"):
        if row[name] is None:
            return name
    if row["image"]["bytes"] is None:
        return "image.bytes"
    if any(pair is None or None in pair.values() for pair in row["qa"]):
        return "part of qa"
    return None


def picture_problem(data: bytes, size: tuple[int, int]) -> str | None:
    """Why `data` is no PNG or JPEG of that width and height, or None if it is."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=("PNG", "JPEG")) as header:
                if header.size != size:
                    return f"the picture is {_shape(header.size)}, not {_shape(size)}"
                if header.width * header.height > MAX_PIXELS:
                    return "the picture has too many pixels to be decoded"
            pictures.decode(data)
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error) as error:
        return f"the picture cannot be decoded ({one_line(str(error))})"
    except Image.DecompressionBombError:
        return "the picture has too many pixels to be decoded"
    return None


def _shape(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]}"


def _rows(path: Path) -> Iterator[Row]:
    """Rows of a Parquet file. Raises ValueError unless its columns are the published ones."""
    with pq.ParquetFile(path, memory_map=False) as file:
        if not file.schema_arrow.equals(SCHEMA):
            raise ValueError("its columns are not those of a release")
        if b"huggingface" not in (file.schema_arrow.metadata or {}):
            raise ValueError("it lacks the 'huggingface' metadata: pictures would show as bytes")
        for number in range(file.num_row_groups):
            size = file.metadata.row_group(number).total_byte_size
            if size > MAX_GROUP_BYTES:
                raise ValueError(f"row group {number} has {size:,} bytes, too many to be read")
            for batch in file.iter_batches(batch_size=32, row_groups=[number], use_threads=False):
                yield from batch.to_pylist()
