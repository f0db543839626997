from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from tests.local_hub import WRITE, api, environment, hub, hub_server, new_id, repo_id, waits
from tests.release.conftest import pristine
from tests.release.hub import releases
from tests.train.conftest import checkpoints, make_settings, trained
from vsfa_data.console import streams
from vsfa_data.hub_sim.server import Running

__all__ = [
    "api",
    "checkpoints",
    "hub",
    "hub_server",
    "make_settings",
    "new_id",
    "pristine",
    "repo_id",
    "trained",
    "waits",
]

Vsfa = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny release, version 1.0.0. Not to be written to."""
    return releases.first(tmp_path_factory.mktemp("first") / "release")


@pytest.fixture(scope="session")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its next version, 1.1.0. Not to be written to."""
    return releases.second(tmp_path_factory.mktemp("second") / "release")


@pytest.fixture
def vsfa(hub: Running, tmp_path: Path) -> Vsfa:
    """`vsfa("push", ..., token=...)` runs the program as users do, with the local hub."""

    def run(*arguments: str, token: str | None = WRITE) -> subprocess.CompletedProcess[str]:
        known = environment(hub, tmp_path / "hf-home", token)
        # The program must find out by itself that this Hub has plain git-lfs only.
        del known["HF_HUB_DISABLE_XET"]
        return subprocess.run(
            [sys.executable, "-m", "vsfa_data", *arguments],
            capture_output=True,
            text=True,
            env=known,
        )

    return run


@pytest.fixture(params=[False, True], ids=["pipe", "terminal"])
def shown(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Console:
    """Where people read, as a pipe and as a terminal."""
    screen = Console(file=io.StringIO(), width=80, force_terminal=request.param, highlight=False)
    monkeypatch.setattr(streams, "stderr", screen)
    return screen
