"""Model files of the Hub, with the real client."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from tests.filter.hub_server import COMMIT, REPO, point_to, serving
from vsfa_data.errors import SetupError
from vsfa_data.filter import hub

FILES = {"model.safetensors": b"weights", "config.json": b"{}", "pytorch_model.bin": b"pickle"}
CONSTANTS = "huggingface_hub.constants."


@pytest.fixture(autouse=True)
def _fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONSTANTS + "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(CONSTANTS + "HF_HUB_OFFLINE", False)


def test_fetched_once_then_found_without_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(FILES) as (address, asked):
        point_to(address, monkeypatch)
        found = hub.snapshot(REPO, None, ("model.safetensors", "config.json"), "a test")
        assert found.name == COMMIT
        assert sorted(path.name for path in found.iterdir()) == ["config.json", "model.safetensors"]
        assert (found / "model.safetensors").read_bytes() == b"weights"
        assert asked
        asked.clear()
        assert hub.snapshot(REPO, None, ("model.safetensors",), "a test") == found
        assert asked == []
    assert hub.snapshot(REPO, COMMIT, ("model.safetensors",), "a test") == found


def test_what_the_repository_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(FILES) as (address, _):
        point_to(address, monkeypatch)
        with pytest.raises(SetupError, match=r"^a test: org/clip holds no other.safetensors"):
            hub.snapshot(REPO, None, ("other.safetensors",), "a test")
        with pytest.raises(SetupError, match=r"^a test: cannot download nobody/nothing"):
            hub.snapshot("nobody/nothing", None, ("model.safetensors",), "a test")
        with pytest.raises(SetupError, match=r"^a test: "):
            hub.snapshot("no//name", None, ("model.safetensors",), "a test")


def test_without_a_network_it_fails_fast_and_says_what_to_bring(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setattr(CONSTANTS + "ENDPOINT", f"http://127.0.0.1:{closed.getsockname()[1]}")
        start = time.monotonic()
        with pytest.raises(SetupError) as caught:
            hub.snapshot(REPO, "v1", ("model.safetensors",), "a test")
    assert time.monotonic() - start < hub.TIMEOUT_S + 1
    said = str(caught.value)
    assert said.startswith("a test: org/clip at revision v1 is not in the local cache and http://")
    assert "hf download org/clip --local-dir FOLDER" in said
    assert "\n" not in said


def test_offline_lasts_as_long_as_its_block() -> None:
    from huggingface_hub import constants

    with hub.offline():
        assert constants.is_offline_mode()
    assert not constants.is_offline_mode()
