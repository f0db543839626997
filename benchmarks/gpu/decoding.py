"""What is done to a picture before a GPU sees it: what it costs, and how fast it can be at best."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any


def costs(files: list[bytes], side_px: int, mode: Any) -> dict[str, float]:
    """Milliseconds of processor time that a picture takes in one decoder, by what is done to it."""
    from vsfa_data import pictures
    from vsfa_data.filter.covariates import covariates
    from vsfa_data.filter.resizing import Resizing, has_simd

    images = [pictures.decode(file) for file in files]
    exact = Resizing(side_px, mode, "bicubic")
    simd = Resizing(side_px, mode, "bicubic", simd=has_simd())
    done: dict[str, Callable[[], Any]] = {
        "decoding": lambda: [pictures.decode(file) for file in files],
        "covariates": lambda: [covariates(image) for image in images],
        f"resizing to {side_px} px by Pillow": lambda: [exact(image) for image in images],
        f"resizing to {side_px} px by SIMD": lambda: [simd(image) for image in images],
    }
    return {
        name: min(_processor_ms(run) for _ in range(5)) / len(files) for name, run in done.items()
    }


def _processor_ms(run: Callable[[], Any]) -> float:
    start = time.process_time()
    run()
    return 1000 * (time.process_time() - start)


def decoding_rate(files: list[bytes], count: int, seconds: float) -> float:
    """Images a second that so many processes decode and do nothing else with: no pixel leaves."""
    from vsfa_data.filter.ahead import ahead_of, batched
    from vsfa_data.processes.pool import process_pool

    with process_pool(count) as pool:
        list(ahead_of(pool, _all_decoded, [files[:8]] * 4 * count, 4 * count))
        stop = time.perf_counter() + seconds
        done, start = 0, time.perf_counter()
        for found in ahead_of(
            pool,
            _all_decoded,
            batched(
                itertools.takewhile(lambda _: time.perf_counter() < stop, itertools.cycle(files)), 8
            ),
            4 * count,
        ):
            done += len(found)
        return done / (time.perf_counter() - start)


def _all_decoded(files: list[bytes]) -> list[int]:
    from vsfa_data import pictures

    return [pictures.decode(file).width for file in files]
