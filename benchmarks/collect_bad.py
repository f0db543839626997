"""What bad addresses cost: 30% of a list are missing pages, dead hosts and hosts that hang.

Each dead or hanging host is asked for one image, which costs most. Lists of several lengths are
collected with and without them in turns, from start to end. The settings are the default ones:
at the end of a list, hosts that never answered are waited for as the others took
(`collect.fetch.adaptive_timeout`). What img2dataset takes for the shortest is printed, no row.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from typing import Final

from benchmarks.collect import FEW, MANY, Cost, allow, of_ours, of_peer
from benchmarks.row import Row
from benchmarks.web import Web, served

LONG: Final = 10_000
ROUNDS: Final = {FEW: 3, MANY: 3, 5_000: 3, LONG: 2}
"""How often lists of each length are collected."""
BAD_SHARE: Final = 0.3


def measure() -> Iterator[Row]:
    """Seconds of lists with bad addresses in them, and of their good part alone."""
    with served(MANY) as web, tempfile.TemporaryDirectory() as folder:
        allow([*web.photos(16), *web.bad(LONG)])
        for number in ROUNDS:
            yield from _rows(number, list(_rounds(web, folder, number)))
        if "IMG2DATASET" in os.environ:
            good, mixed = (of_peer(folder, urls, FEW) for urls in _lists(web, FEW))
            _tell("img2dataset", FEW, good.wall_s, mixed.wall_s)


def _rounds(web: Web, folder: str, number: int) -> Iterator[tuple[Cost, Cost]]:
    """What so many photographs cost alone, and with bad addresses in between."""
    for _ in range(ROUNDS[number]):
        good, mixed = (of_ours(folder, urls, number) for urls in _lists(web, number))
        _tell("collect", number, good.wall_s, mixed.wall_s)
        yield good, mixed


def _rows(number: int, rounds: list[tuple[Cost, Cost]]) -> Iterator[Row]:
    what = f"30% bad / the good alone, {number:,} images"
    for name, kind in ((what, "wall_s"), ("… processor time", "cpu_s")):
        alone, with_bad = (
            statistics.median(getattr(cost, kind) for cost in costs)
            for costs in zip(*rounds, strict=True)
        )
        yield Row(name, with_bad, alone, "s", "<= 1.3")


def _lists(web: Web, number: int) -> tuple[list[str], list[str]]:
    """So many photographs, and the same with bad addresses in between: BAD_SHARE of the list."""
    good, bad = web.photos(number), web.bad(int(number * BAD_SHARE / (1.0 - BAD_SHARE)))
    mixed, every = list(good), len(good) / len(bad)
    for place, url in enumerate(bad):
        mixed.insert(int(place * every) + place, url)
    return good, mixed


def _tell(who: str, number: int, good_s: float, mixed_s: float) -> None:
    ratio = mixed_s / good_s
    said = f"{who}, {number:,} images: {good_s:.1f} s, with 30% bad {mixed_s:.1f} s ({ratio:.2f})"
    print(said, file=sys.stderr, flush=True)
