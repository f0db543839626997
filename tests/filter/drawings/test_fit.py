from __future__ import annotations

from pathlib import Path

import pytest
from safetensors.numpy import load_file

from tests.filter.drawings.conftest import SWORD
from vsfa_data.filter.drawings import branch, fit, fit_concepts, fit_near, fit_pack, fit_pixels


def test_from_two_packages_to_weights(
    packages: tuple[Path, Path],
    few_concepts: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measured, folder, out = tmp_path / "measured", tmp_path / "made", tmp_path / "w.safetensors"
    measured.mkdir()
    drawn = fit_pixels.render(SWORD, (0, 0, 16, 16))
    assert drawn is not None
    fit_near.on_white(drawn)[0].save(measured / "sword.png")
    icons, emoji = map(str, packages)
    given = ["--icons", icons, "--emoji", emoji, "--measured", str(measured)]
    fit.main(["prepare", str(folder), *given])
    # All swords but the one to validate with, of which nothing is learned.
    assert capsys.readouterr().out == "3 icons left out as near-duplicates\n"
    lessons = fit_pack.unpack(folder).lessons
    assert [(one.set, one.kind) for one in lessons] == [
        ("twemoji", "emoji"), ("mdi", "ui"), ("openmoji", "val"), ("openmoji", "val"),
    ]  # fmt: skip
    monkeypatch.setattr(fit_concepts, "SETS", (str(few_concepts),))  # others have many texts
    steps = ["--steps", "1", "--batch", "2", "--device", "cpu"]
    fit.main(["train", str(folder), "--out", str(out), *steps])
    assert "Ranks(first=" in capsys.readouterr().out
    made, shipped = load_file(out), load_file(branch.FILE)
    assert {name: (one.shape, one.dtype) for name, one in made.items()} == {
        name: (one.shape, one.dtype) for name, one in shipped.items()
    }
