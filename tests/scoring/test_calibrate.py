"""Calibrations of labelled folders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.filter import models
from vsfa_data.errors import UserError
from vsfa_data.filter import calibration_files
from vsfa_data.recipe import FilterSection, filter_section
from vsfa_data.scoring import folds
from vsfa_data.scoring.calibrate import Job, calibrate
from vsfa_data.scoring.run import encoder_of


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> FilterSection:
    folder = models.open_clip_folder(tmp_path_factory.mktemp("models") / "clip")
    return filter_section({"encoder": "open_clip", "model": f"local-dir:{folder}", "device": "cpu"})


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Reddish pictures are threats, bluish ones neutral: even random weights see that."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    lines = ["path,label"]
    for number in range(56):
        pixels = rng.integers(0, 120, (24, 24, 3), np.uint8)
        threat = number % 2
        pixels[..., 0 if threat else 2] += 110
        Image.fromarray(pixels).resize((96, 96)).save(folder / f"{number:02d}.png")
        lines.append(f"{number:02d}.png,{'threat' if threat else 'neutral'}")
    (folder / "bad.png").write_bytes(b"no picture")
    file = folder.parent / "labels.csv"
    file.write_text("\n".join([*lines, "bad.png,neutral"]) + "\n")
    return folder, file


def run(job: Job) -> tuple[object, dict[str, int]]:
    """Calibrate; whatever takes its time has said how far it is, up to the end."""
    left: dict[str, list[int]] = {}

    @contextmanager
    def counting(what: str) -> Iterator[tuple[Callable[[int], None], Callable[[], None]]]:
        counted = left.setdefault(what, [])
        yield counted.append, lambda: counted.append(-1)

    found = calibrate(job, counting)
    assert {what: sum(counted) for what, counted in left.items()} == dict.fromkeys(
        ("copies", "encode", "fit"), 0
    )
    assert all(counted[0] > 0 for counted in left.values())
    return found


@pytest.mark.parametrize("method", ["margins", "isotonic", "concepts", "probe"])
def test_a_fit_is_accepted_by_scoring(
    labelled: tuple[Path, Path], clip: FilterSection, tmp_path: Path, method: str
) -> None:
    out = tmp_path / "new" / "clip.json"
    found, left_out = run(Job(*labelled, clip, out, method, workers=0))
    assert left_out == {"not_an_image": 1}
    given = clip.model_copy(update={"calibration": str(out)})
    used = calibration_files.of(given, encoder_of(clip).identity)
    assert used == found
    assert used is not None
    assert (used.threat_images, used.neutral_images) == (28, 28)
    assert used.quality.folds == 5
    assert used.quality.auc > 0.6
    assert str(tmp_path) not in out.read_text()
    before = out.read_bytes()
    run(Job(*labelled, clip, out, method, workers=0))
    assert out.read_bytes() == before


def test_too_few_labels(labelled: tuple[Path, Path], clip: FilterSection, tmp_path: Path) -> None:
    folder, file = labelled
    few = tmp_path / "few.csv"
    few.write_text("\n".join(file.read_text().splitlines()[:30]) + "\n")
    with pytest.raises(
        UserError, match=r"14 threats and 15 neutral pictures can be used; at least"
    ):
        run(Job(folder, few, clip, tmp_path / "clip.json", workers=0))


def test_copies_are_no_further_pictures(
    labelled: tuple[Path, Path], clip: FilterSection, tmp_path: Path
) -> None:
    """With all threats in one fold, nothing could foretell them."""
    folder, file = labelled
    for number in range(56):
        source = folder / f"{1 if number % 2 else number:02d}.png"
        (tmp_path / f"{number:02d}.png").write_bytes(source.read_bytes())
    with pytest.raises(
        UserError, match=r"1 threats and 28 neutral .* \(near-duplicates count once"
    ):
        run(Job(tmp_path, file, clip, tmp_path / "clip.json", workers=0))


def test_a_place_that_cannot_be_written_is_told_before_any_picture_is_read(
    labelled: tuple[Path, Path], clip: FilterSection
) -> None:
    out = labelled[1] / "clip.json"  # below a file
    with pytest.raises(UserError, match="cannot be written"):
        calibrate(Job(*labelled, clip, out, workers=0), pytest.fail)


def test_other_files_are_never_replaced(
    labelled: tuple[Path, Path], clip: FilterSection, tmp_path: Path
) -> None:
    out = tmp_path / "thesis.json"
    out.write_text("{}")
    with pytest.raises(UserError, match="exists and is no calibration: give another name"):
        run(Job(*labelled, clip, out, workers=0))


def test_folds_that_hold_all_of_a_kind_end_in_one_line(
    labelled: tuple[Path, Path],
    clip: FilterSection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def drawn(_purpose: str, names: list[str], _cluster: list[int], _folds: int) -> object:
        return np.array([int(name.removesuffix(".png")) % 2 for name in names])

    monkeypatch.setattr(folds, "drawn", drawn)
    with pytest.raises(UserError, match=r"threats alone or to neutral .* give more --folds"):
        run(Job(*labelled, clip, tmp_path / "clip.json", "auto", folds=2, workers=0))
