from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.release import samples
from tests.release.hub import releases
from vsfa_data.errors import UserError
from vsfa_data.release import contents, previous
from vsfa_data.release.contents import Folder
from vsfa_data.release.manifest import describe
from vsfa_data.release.verify import verify

CONFIGS = ("threat", "control")


def couples(numbers: range, shift: int) -> list[samples.Picture]:
    """Matched couples of drawn pictures; `shift` makes other couples of the same pictures."""
    size = len(numbers)
    threats = [samples.Picture(samples.drawn(2 * n), "threat") for n in numbers]
    controls = [samples.Picture(samples.drawn(2 * n + 1), "control") for n in numbers]
    for n, threat in enumerate(threats):
        control = controls[(n + shift) % size]
        threat.match_id, control.match_id = control.image_id, threat.image_id
    return [one for couple in zip(threats, controls, strict=True) for one in couple]


@pytest.fixture
def version(tmp_path: Path) -> Callable[..., Path]:
    def make(number: str, pictures: list[samples.Picture], last: Path | None = None) -> Path:
        shares = samples.SplitSection(train=0.5, validation=0.25, test=0.25, stratified=True)
        return releases.make(
            tmp_path / number, number, pictures, configs=CONFIGS, splits=shares, previous=last
        )

    return make


def splits(folder: Path) -> dict[str, str]:
    rows = contents.read(Folder(folder, "x")).rows
    return {image: mark.split for config in CONFIGS for image, mark in rows[config].items()}


def test_pictures_keep_their_splits_from_version_to_version(version: Callable[..., Path]) -> None:
    one = version("1.0.0", couples(range(12), 0))
    two = version("1.1.0", couples(range(2, 20), 3), one)
    three = version("2.0.0", couples(range(30), 7), two)
    assert verify(two).problems == verify(three).problems == ()
    for before, after in ((one, two), (two, three)):
        old, new = splits(before), splits(after)
        assert {image: new[image] for image in old if image in new} == {
            image: split for image, split in old.items() if image in new
        }
    # Without the last version, some would have moved.
    alone = splits(version("2.0.1", couples(range(30), 7)))
    assert any(alone[image] != split for image, split in splits(two).items())


def test_files_of_the_last_version_come_out_again(version: Callable[..., Path]) -> None:
    def hashes(folder: Path) -> set[str]:
        return {describe(path).sha256 for path in folder.glob("*/*.parquet")}

    one = version("1.0.0", couples(range(30), 0))
    two = version("1.1.0", [*couples(range(30), 0), *couples(range(40, 44), 0)], one)
    three = version("1.2.0", [*couples(range(30), 0), *couples(range(40, 46), 0)], two)
    assert verify(three).problems == ()
    assert len(hashes(one)) == 6
    assert hashes(one) < hashes(two) < hashes(three)
    # What is left out changes the files that held it, and no others.
    fewer = version("1.2.1", couples(range(30), 0), two)
    assert hashes(fewer) == hashes(one)


def test_what_cannot_be_followed(version: Callable[..., Path], tmp_path: Path) -> None:
    one = version("1.1.0", couples(range(4), 0))
    for number in ("1.1.0", "1.0.9"):
        with pytest.raises(UserError, match=r"1\.1\.0, and this one, 1\..*, must be above it"):
            version(number, couples(range(4), 0), one)
    with pytest.raises(UserError, match="has no manifest"):
        version("2.0.0", couples(range(4), 0), tmp_path)
    (one / "LICENSES.csv").write_text("mine")
    with pytest.raises(UserError, match=r"LICENSES\.csv: has 4 bytes.* Download that version ag"):
        version("2.0.0", couples(range(4), 0), one)


def test_what_a_release_depends_on(version: Callable[..., Path]) -> None:
    one = version("1.0.0", couples(range(4), 0))
    recipe = samples.recipe(previous=str(one))
    known = previous.identity(recipe)
    assert known["previous"].startswith(verify(one).fingerprint or "none")
    assert previous.identity(samples.recipe()) == {}
    renamed = recipe.model_copy(update={"name": "other", "version": "2.0.0"})
    with pytest.raises(UserError, match="holds the dataset 'sample', and this is 'other'"):
        previous.load(renamed)
