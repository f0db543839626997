"""Tiny checkpoints and a small release of real pictures, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.release.conftest import pristine  # noqa: F401  # a fixture
from tests.train import tiny
from vsfa_data.train.conversation import Conversation
from vsfa_data.train.release import open_source
from vsfa_data.train.rows import Rows, copy


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Name -> folder of a tiny vision-language model. Read them, never write them."""
    folder = tmp_path_factory.mktemp("checkpoints")
    return {name: tiny.save(name, folder / f"tiny-{name}") for name in tiny.MODELS}


@pytest.fixture(scope="session")
def conversations(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Conversation]:  # noqa: F811
    """Those of the train split, with real pictures and two questions each."""
    target = tmp_path_factory.mktemp("rows") / "train.arrow"
    copy(open_source(str(pristine), "threat").files("train"), target)
    return list(Rows(target))
