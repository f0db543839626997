from __future__ import annotations

from pathlib import Path

import numpy as np

from vsfa_data.embedded_vlm import fit_data
from vsfa_data.embedded_vlm.fit_data import Data


def test_lessons_are_read_as_they_were_written(data: Data, tmp_path: Path) -> None:
    fit_data.write(data, tmp_path / "lessons.safetensors")
    found = fit_data.read(tmp_path / "lessons.safetensors")
    assert (found.families, found.fixed) == (data.families, data.fixed)
    for at in (0, 1, 63):
        for one, two in zip(found.row(at), data.row(at), strict=True):
            assert np.array_equal(one, two)
    assert np.array_equal(found.readings, data.readings)


def test_batches_hold_every_lesson_once_a_round(data: Data) -> None:
    coming = fit_data.batches(data, 16, seed=0)
    rounds = [np.concatenate([next(coming) for _ in range(4)]) for _ in range(2)]
    assert [sorted(one.tolist()) for one in rounds] == [list(range(64))] * 2
    assert not np.array_equal(*rounds)
