"""Releases of real pictures, packaged as the pipeline does it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.release import samples
from vsfa_data.release.package import Packaged, package
from vsfa_data.stages import Shard


def build(
    folder: Path, shards: list[Shard], listed: list[samples.Picture], **release: object
) -> Packaged:
    funnel = samples.funnel(len(listed), sum(picture.pairs for picture in listed))
    return package(samples.recipe(**release), shards, funnel, samples.IDENTITIES, folder)


@pytest.fixture
def make_release(tmp_path: Path, make_shard: Callable[..., Shard]) -> Callable[..., Packaged]:
    """`make_release(pictures, target=..., size=..., **release)` -> a packaged release."""

    def make(
        listed: list[samples.Picture],
        target: Path | None = None,
        size: int = 5,
        **release: object,
    ) -> Packaged:
        shards = samples.make_shards(make_shard, listed, size)
        return build(target or tmp_path / "out" / "release", shards, listed, **release)

    return make


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound release of 24 real pictures, built once; not to be written to."""
    folder = tmp_path_factory.mktemp("pristine")

    def make(index: int, **given: object) -> Shard:
        files = {name: folder / f"{name}-{index}.parquet" for name in given}
        for name, table in given.items():
            pq.write_table(table, files[name])
        return Shard(index, files)

    listed = samples.pictures(12)
    return build(folder / "release", samples.make_shards(make, listed), listed).path


@pytest.fixture
def release(pristine: Path, tmp_path: Path) -> Path:
    """A sound release of 24 real pictures, alone in a folder."""
    return Path(shutil.copytree(pristine, tmp_path / "out" / "release"))
