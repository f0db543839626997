from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.collect.fetch.server import Server
from vsfa_data.collect.fetch import client


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "BACK_OFF_S", 0.01)
