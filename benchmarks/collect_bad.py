"""What bad addresses cost: 30% of a list are missing pages, dead hosts and hosts that hang.

Each dead or hanging host is asked for one image, which costs most. Both lists are collected in
turns, from start to end. A list that takes less time than a host that hangs is waited for (10
seconds with the default time limits) cannot end sooner than that: such a list is printed and is no
row. So is what img2dataset takes for a short one.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Iterator

from benchmarks.collect import FEW, MANY, allow, of_ours, of_peer
from benchmarks.row import Row
from benchmarks.web import Web, served

LONG, ROUNDS = 10_000, 2
BAD_SHARE = 0.3


def measure() -> Iterator[Row]:
    """Seconds of a long list with bad addresses in it, and of its good part alone."""
    with served(MANY) as web, tempfile.TemporaryDirectory() as folder:
        allow([*web.photos(16), *web.bad(LONG)])
        for number in (FEW, MANY):
            good, mixed = (of_ours(folder, urls, number) for urls in _lists(web, number))
            _tell("collect", number, good.wall_s, mixed.wall_s)
        if "IMG2DATASET" in os.environ:
            good, mixed = (of_peer(folder, urls, FEW) for urls in _lists(web, FEW))
            _tell("img2dataset", FEW, good.wall_s, mixed.wall_s)
        rounds = []
        for _ in range(ROUNDS):
            good, mixed = rounds_of = [of_ours(folder, urls, LONG) for urls in _lists(web, LONG)]
            _tell("collect", LONG, good.wall_s, mixed.wall_s)
            rounds.append(rounds_of)
    what = f"30% bad / the good alone, {LONG:,} images"
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
