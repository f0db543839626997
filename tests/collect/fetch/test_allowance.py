from __future__ import annotations

import pytest

from vsfa_data.collect.fetch.allowance import NOTHING, VARIABLE, Allowance, from_environment
from vsfa_data.collect.fetch.settings import FetchSection


def test_nothing_is_allowed_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert from_environment() == NOTHING
    assert not NOTHING.admits("127.0.0.1", 80)


def test_the_environment_names_addresses_with_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "127.0.0.1:8080, 127.0.0.2:81,::1:82")
    allowance = from_environment()
    assert allowance.hosts == {("127.0.0.1", 8080), ("127.0.0.2", 81), ("::1", 82)}
    assert allowance.admits("127.0.0.2", 81)
    assert not allowance.admits("127.0.0.2", 8080)
    assert not allowance.admits("127.0.0.1", None)


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "8.8.8.8", "localhost"])
def test_only_loopback_can_be_allowed(host: str) -> None:
    with pytest.raises(ValueError, match=host):
        Allowance(frozenset({(host, 80)}))


def test_no_recipe_can_allow_anything() -> None:
    words = ("allow", "private", "loopback", "local", "public", "trust")
    assert not [key for key in FetchSection.model_fields for word in words if word in key]
