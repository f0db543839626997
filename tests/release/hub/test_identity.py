from __future__ import annotations

from typing import Any

import pytest
from huggingface_hub import HfApi

from tests.local_hub import READ
from tests.release.hub.releases import HASTY
from vsfa_data.errors import UserError
from vsfa_data.hub_sim.server import Running
from vsfa_data.release.hub.identity import identify, may_write, require


def test_who_it_is(api: HfApi) -> None:
    assert identify(api, HASTY) == "local"


def test_no_token_and_one_that_may_only_read(hub: Running) -> None:
    with pytest.raises(UserError, match=r"no token: .*hf auth login"):
        require(None)
    require(READ)
    with pytest.raises(UserError, match="token of 'local' may only read") as raised:
        identify(HfApi(endpoint=hub.url, token=READ), HASTY)
    assert READ not in str(raised.value)


def test_an_address_where_nobody_answers() -> None:
    with pytest.raises(UserError, match="cannot be reached"):
        identify(HfApi(endpoint="http://127.0.0.1:9", token=READ), HASTY)


@pytest.mark.parametrize(
    ("token", "can"),
    [
        ({"role": "write"}, True),
        ({"role": "read"}, False),
        (
            {"role": "fineGrained", "fineGrained": {"scoped": [{"permissions": ["repo.write"]}]}},
            True,
        ),
        (
            {"role": "fineGrained", "fineGrained": {"scoped": [{"permissions": ["repo.read"]}]}},
            False,
        ),
        ({"role": "fineGrained", "fineGrained": {"scoped": []}}, False),
        # What is not known is left to the Hub to decide.
        ({"role": "fineGrained"}, True),
        ({}, True),
    ],
)
def test_what_a_token_says_of_itself(token: dict[str, Any], can: object) -> None:
    assert may_write({"auth": {"accessToken": token}}) is can
    assert may_write({}) is True
