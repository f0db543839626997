"""A hub on this machine for tests, and the official client to talk to it."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from vsfa_data.hub_sim.server import Running, in_thread
from vsfa_data.release.hub.fresh import LIGHT

WRITE, READ, GUEST = "hf_local_write", "hf_local_read", "hf_local_guest"
_NUMBERS = itertools.count(1)


class NoSleep:
    """The module `time` for a client that is not to wait between tries."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def __getattr__(self, name: str) -> object:
        import time

        return getattr(time, name)


@pytest.fixture(scope="session")
def hub_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for all tests: each uses repositories of its own."""
    with in_thread(tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> NoSleep:
    """The seconds that the client would have waited between tries; it does not."""
    no_sleep = NoSleep()
    for module in ("utils._http", "file_download"):
        monkeypatch.setattr(f"huggingface_hub.{module}.time", no_sleep)
    return no_sleep


@pytest.fixture
def hub(
    hub_server: Running, monkeypatch: pytest.MonkeyPatch, waits: NoSleep, tmp_path: Path
) -> Iterator[Running]:
    """The server, behaving, and the client in this process set up for it."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hf-cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "no-token"))
    monkeypatch.setattr("huggingface_hub.utils.tqdm.disable", True, raising=False)
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    hub_server.faults.forget()
    hub_server.hub.history.clear()
    yield hub_server
    hub_server.faults.forget()
    mistakes, hub_server.hub.mistakes = hub_server.hub.mistakes, []
    assert mistakes == []


@pytest.fixture
def api(hub: Running) -> HfApi:
    """The official client, allowed to write."""
    return HfApi(endpoint=hub.url, token=WRITE)


@pytest.fixture
def new_id() -> str:
    """Id of a repository that does not exist yet."""
    return f"team/set{next(_NUMBERS)}"


@pytest.fixture
def repo_id(api: HfApi, new_id: str) -> str:
    """A new public dataset repository."""
    api.create_repo(new_id, repo_type="dataset")
    return new_id


def environment(hub: Running, home: Path, token: str | None = WRITE) -> dict[str, str]:
    """What a process needs to use this hub, with caches of its own, and without torch."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("HF_")} | LIGHT
    clean |= {"HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1", "HF_HOME": str(home)}
    return clean | ({"HF_TOKEN": token} if token else {})


def python(
    script: str, hub: Running, home: Path, token: str | None = WRITE
) -> subprocess.CompletedProcess[str]:
    """Run a script in a process whose clients use this hub."""
    return subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env=environment(hub, home, token),
    )
