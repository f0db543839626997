from __future__ import annotations

from pathlib import Path

import pytest

from tests.local_hub import api, hub, hub_server, new_id, repo_id, waits
from tests.release.hub import releases
from vsfa_data.hub_sim.server import Running

__all__ = ["api", "hub", "hub_server", "new_id", "repo_id", "waits"]


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny release, version 1.0.0. Not to be written to."""
    return releases.first(tmp_path_factory.mktemp("first") / "release")


@pytest.fixture(scope="session")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its next version, 1.1.0. Not to be written to."""
    return releases.second(tmp_path_factory.mktemp("second") / "release")


@pytest.fixture
def pusher(hub: Running, new_id: str) -> releases.Pusher:
    """Pushes to a repository that does not exist yet."""
    return releases.Pusher(hub, f"{new_id}-pushed")
