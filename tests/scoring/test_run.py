"""Cosines of files, by one process or several."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vsfa_data.errors import UserError
from vsfa_data.recipe import FilterSection
from vsfa_data.scoring import run


def test_files_come_as_a_build_takes_them(folder: Path, tmp_path: Path) -> None:
    names = [file.name for file in run.files(folder)]
    own = tmp_path / "own"
    own.mkdir()
    (own / "link.png").symlink_to(folder / names[0])  # a build rejects it
    (own / "a.png").write_bytes((folder / names[0]).read_bytes())
    assert [file.name for file in run.files(own)] == ["a.png"]
    assert names == sorted(names)
    assert "below/pets-kitten.jpg" in names
    assert [file.name for file in run.files(folder, 2)] == names[:2]
    with pytest.raises(UserError, match=r"belo does not exist: .* of pictures. Or is it .*below\?"):
        run.files(folder / "belo")


def test_workers_change_nothing(
    folder: Path, embedded: FilterSection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "CHUNK", 2)
    paths = [file.path for file in run.files(folder)]
    alone, shared = (list(run.looked(embedded, paths, workers)) for workers in (0, 2))
    assert [seen for _, seen in alone] == [seen for _, seen in shared]
    for one, other in zip(alone, shared, strict=True):
        assert (one[0] is None) == (other[0] is None) == (one[1].reason is not None)
        if one[0] is not None:
            assert np.array_equal(one[0].cosines, other[0].cosines)
            assert np.array_equal(one[0].features, other[0].features)
    assert list(run.looked(embedded, [], 2)) == []
