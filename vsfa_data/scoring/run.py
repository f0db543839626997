"""Cosines of a folder's pictures with all concepts, by several processes or one GPU."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from vsfa_data import parts
from vsfa_data import recipe as recipes
from vsfa_data.errors import SetupError, UserError
from vsfa_data.files import near_folder
from vsfa_data.filter import concepts
from vsfa_data.filter.ahead import ahead_of, batched
from vsfa_data.filter.encoder import Encoder
from vsfa_data.filter.feeding import Feed
from vsfa_data.processes.pool import kill, process_pool
from vsfa_data.recipe import FilterSection
from vsfa_data.scoring.reading import ReadPicture, Seen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHUNK: Final = 16
"""Files that one task of a worker process scores."""
_HEAD_BYTES: Final = 64
"""As much of a file as tells its format."""


class Looked(NamedTuple):
    """What an encoder tells of a usable picture."""

    cosines: NDArray[np.float64]
    """With the names of Cosines."""
    features: NDArray[np.float32]
    """As `looking.features` gives them."""


Result = tuple[Looked | None, Seen]
"""What an encoder tells (None: no usable picture), and what else is known."""


@dataclass(frozen=True)
class File:
    """A file to score: its path below the folder, and where it is (as os.fsencode)."""

    name: str
    path: bytes


def files(folder: Path, limit: int | None = None) -> list[File]:
    """Files below a folder in the order that a build takes them; links and hidden ones not.

    Raises UserError if none of them begins as a picture does: no model need be opened to say so.
    """
    from vsfa_data.collect.decoding import FORMATS

    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        other = near_folder.meant(str(folder))
        raise UserError(f"{folder} {what}: name a folder of pictures{other}")
    kind = parts.load("sources", "folder")
    listed = kind(kind.Options(path=str(folder))).iterate()
    plain = ((one.source_ref, one.path) for one in listed if one.path is not None)
    found = [File(name, os.fsencode(path)) for name, path in plain][:limit]
    if not any(_may_be_picture(file.path) for file in found):
        by_limit = ", by --limit" if limit == len(found) else ""
        raise UserError(
            f"{folder} holds no picture (files looked at: {len(found)}{by_limit}; formats allowed: "
            f"{', '.join(FORMATS)}). Name a folder of pictures"
        )
    return found


def _may_be_picture(path: bytes) -> bool:
    """Whether a file begins as one of an allowed format; what cannot be read is for scoring."""
    from vsfa_data.collect.decoding import format_of

    try:
        with Path(os.fsdecode(path)).open("rb") as file:
            return format_of(file.read(_HEAD_BYTES)) is not None
    except OSError:
        return True


def encoder_of(chosen: FilterSection) -> Encoder:
    """The encoder that a filter section names, not opened."""
    encoder: Encoder = parts.load("encoders", chosen.encoder)(chosen)
    return encoder


def looked(chosen: FilterSection, paths: Sequence[bytes], workers: int) -> Iterator[Result]:
    """One result for each path, in order. Raises SetupError if the encoder cannot be opened.

    On a CPU `workers` processes each open the encoder (0: this process alone); a GPU is fed by
    this process, and `workers` decode for it.
    """
    plain = chosen.model_dump(mode="json")
    if workers == 0 or encoder_of(chosen).on_accelerator:
        yield from _Opened(plain, max(1, workers)).run(paths)
        return
    pool = process_pool(workers)
    try:
        chunks = ((plain, chunk) for chunk in batched(paths, CHUNK))
        for found in ahead_of(pool, _chunk, chunks, 2 * workers):
            yield from found
    except BrokenProcessPool as error:
        raise SetupError(
            "a worker process died, perhaps for want of memory. Run it again with fewer --workers"
        ) from error
    except BaseException:
        kill(pool)
        raise
    pool.shutdown()


class _Opened:
    """An open encoder with the concepts' vectors."""

    def __init__(self, plain: Mapping[str, Any], helpers: int) -> None:
        from vsfa_data.filter import looking
        from vsfa_data.filter.scorer import Cosines

        chosen = recipes.filter_section(plain)
        encoder = encoder_of(chosen)
        encoder.open()
        self._cosines = Cosines(encoder, concepts.load(chosen.concept_set))
        feed = Feed.of(encoder, ReadPicture(encoder.prepare), helpers)
        self._feed = replace(feed, encode=partial(looking.look, encoder))

    def run(self, paths: Sequence[bytes]) -> Iterator[Result]:
        from vsfa_data.filter.looking import parted

        for row, seen in self._feed.run(paths):
            if row is None:
                yield None, seen
            else:
                features, mark = parted(row)
                cosines = self._cosines.row(features[: self._cosines.dimension])
                yield Looked(cosines, features), seen._replace(mark=mark)


@cache
def _opened(plain: str) -> _Opened:
    import json

    return _Opened(json.loads(plain), 1)


def _chunk(work: tuple[Mapping[str, Any], Sequence[bytes]]) -> list[Result]:
    """What a worker process does."""
    import json

    plain, paths = work
    return list(_opened(json.dumps(plain)).run(paths))
