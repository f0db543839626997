from collections.abc import Callable
from pathlib import Path

import pytest

from tests.release import samples
from vsfa_data import resources
from vsfa_data.release.card import TEMPLATES
from vsfa_data.release.step import ReleaseStep
from vsfa_data.release.verify import verify
from vsfa_data.stages import Shard


@pytest.fixture
def step() -> ReleaseStep:
    return ReleaseStep(samples.recipe(), samples.funnel(8, 16), samples.IDENTITIES)


@pytest.fixture
def made(step: ReleaseStep, make_shard: Callable[..., Shard], tmp_path: Path) -> tuple[Path, Path]:
    """(release, folder with the note about it)."""
    target, folder = tmp_path / "release", tmp_path / "work"
    folder.mkdir()
    told: list[int] = []
    shards = samples.make_shards(make_shard, samples.pictures(4))
    released = step.run(shards, target, folder, told.append)
    assert told == [5, 3]
    assert not released.reused
    assert released.funnel == {"unit": "images", "in": 8, "kept": 8, "rejected": {}}
    found = verify(target)
    assert (found.fingerprint, found.counts) == (released.fingerprint, released.counts)
    return target, folder


def test_a_whole_release_is_reused(step: ReleaseStep, made: tuple[Path, Path]) -> None:
    target, folder = made
    found = step.reuse(target, folder)
    assert found is not None
    assert found.reused
    assert found.fingerprint == verify(target).fingerprint
    assert found.counts == verify(target).counts


def test_splits_that_stayed_empty_are_told_each_time(
    make_shard: Callable[..., Shard], tmp_path: Path
) -> None:
    step = ReleaseStep(samples.recipe(), samples.funnel(2, 4), samples.IDENTITIES)
    shards = samples.make_shards(make_shard, samples.pictures(1))
    found = step.run(shards, tmp_path / "release", tmp_path, lambda _: None)
    assert set(found.counts) == {"threat", "control"}
    for config, counts in found.counts.items():
        [there] = counts
        left = [split for split in ("train", "validation", "test") if split != there]
        assert list(found.empty[config]) == left
    again = step.reuse(tmp_path / "release", tmp_path)
    assert again is not None
    assert again.empty == found.empty


@pytest.mark.parametrize("name", ["README.md", "manifest.json", "LICENSES.csv"])
def test_a_damaged_release_is_not(step: ReleaseStep, made: tuple[Path, Path], name: str) -> None:
    target, folder = made
    with (target / name).open("a") as file:
        file.write(" ")
    assert step.reuse(target, folder) is None
    (target / name).unlink()
    assert step.reuse(target, folder) is None


def test_another_card_makes_another_release(
    step: ReleaseStep, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = step.identities()
    for name in TEMPLATES:
        (tmp_path / name).write_bytes((resources.folder("cards") / name).read_bytes())
    monkeypatch.setattr(resources, "folder", lambda _: tmp_path)
    assert step.identities() == before
    (tmp_path / "changelog.md.j2").write_text("other")
    assert step.identities() != before


def test_another_content_under_the_same_version_is_told(
    step: ReleaseStep, made: tuple[Path, Path], make_shard: Callable[..., Shard]
) -> None:
    target, folder = made
    before = verify(target).fingerprint
    names = list[str | None]()

    def build(couples: int, version: str, **other: str) -> str | None:
        recipe = samples.recipe().model_copy(update={"version": version, **other})
        step = ReleaseStep(recipe, samples.funnel(2 * couples, 4 * couples), samples.IDENTITIES)
        shards = samples.make_shards(make_shard, samples.pictures(couples))
        found = step.run(shards, target, folder, lambda _: None)
        again = step.reuse(target, folder)
        assert again is not None
        assert again.replaced is None
        names.append(found.replaced_name)
        return found.replaced

    assert build(4, "1.2.3") is None
    assert build(3, "1.2.3") == before
    assert build(4, "1.3.0") is None
    assert build(3, "1.0.0", name="another") is not None
    assert names == [None, f"{samples.recipe().name} 1.2.3", None, f"{samples.recipe().name} 1.3.0"]
