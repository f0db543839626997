"""Tiny checkpoints, a small release of real pictures, and runs on them, made once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.local_hub import api, hub, hub_server, new_id, waits  # noqa: F401  # fixtures
from tests.release.conftest import pristine  # noqa: F401  # a fixture
from tests.train import tiny
from vsfa_data.train.conversation import Conversation
from vsfa_data.train.release import open_source
from vsfa_data.train.rows import Rows, copy
from vsfa_data.train.run import Trained, train
from vsfa_data.train.settings import Settings


@pytest.fixture(scope="package", autouse=True)
def one_thread() -> Iterator[None]:
    """Models this small lose more by sharing work between threads than they gain: a factor of 3
    where another test process wants the same cores."""
    before, given = torch.get_num_threads(), os.environ.get("OMP_NUM_THREADS")
    torch.set_num_threads(1)
    os.environ["OMP_NUM_THREADS"] = "1"
    yield
    torch.set_num_threads(before)
    os.environ.pop("OMP_NUM_THREADS")
    if given is not None:
        os.environ["OMP_NUM_THREADS"] = given


class Checkpoints(dict[str, Path]):
    """Makes each the first time that it is asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def __missing__(self, name: str) -> Path:
        self[name] = tiny.save(name, self.folder / f"tiny-{name}")
        return self[name]


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Name -> folder of a tiny vision-language model. Read them, never write them."""
    return Checkpoints(tmp_path_factory.mktemp("checkpoints"))


@pytest.fixture(scope="session")
def conversations(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Conversation]:  # noqa: F811
    """Those of the train split, with real pictures and two questions each."""
    target = tmp_path_factory.mktemp("rows") / "train.arrow"
    copy(open_source(str(pristine), "threat").files("train"), target)
    return list(Rows(target))


@pytest.fixture(scope="session")
def make_settings(pristine: Path, checkpoints: dict[str, Path]) -> Callable[..., Settings]:  # noqa: F811
    """`make_settings("llava", rank=4)` -> a run of a few small steps."""

    def make(name: str = "llava", **given: Any) -> Settings:
        usual: dict[str, Any] = {
            "dataset": str(pristine),
            "model": str(checkpoints[name]),
            "max_steps": 6,
            "batch_size": 2,
            "learning_rate": 5e-3,
            "max_image_px": 64,
        }
        return Settings(**(usual | given))

    return make


@pytest.fixture(scope="session")
def trained(
    make_settings: Callable[..., Settings], tmp_path_factory: pytest.TempPathFactory
) -> Trained:
    """One finished run. Read it, never write it."""
    return train(make_settings(), tmp_path_factory.mktemp("trained") / "out")
