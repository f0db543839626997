from __future__ import annotations

import pytest
from pydantic import ValidationError

from vsfa_data import __version__
from vsfa_data.collect.fetch.settings import FetchSection


def test_every_key_is_documented() -> None:
    assert all(field.description for field in FetchSection.model_fields.values())


@pytest.mark.parametrize(
    ("given", "agent", "product", "is_contactable"),
    [
        (None, f"vsfa-data/{__version__}", "vsfa-data", False),
        ("My-Set/1.0 (me@example.org)", "My-Set/1.0 (me@example.org)", "my-set", True),
        ("set (+https://example.org/bot)", "set (+https://example.org/bot)", "set", True),
        ("set/2 (me at example)", "set/2 (me at example)", "set", False),
    ],
)
def test_who_we_say_we_are(
    given: str | None, agent: str, product: str, *, is_contactable: bool
) -> None:
    section = FetchSection(user_agent=given)
    assert (section.agent, section.product, section.is_contactable) == (
        agent,
        product,
        is_contactable,
    )


@pytest.mark.parametrize("agent", ["", " a", "a ", "a\r\nX: y", "ä", "a" * 401])
def test_a_user_agent_is_one_line_of_ascii(agent: str) -> None:
    with pytest.raises(ValidationError):
        FetchSection(user_agent=agent)


@pytest.mark.parametrize(
    "wrong",
    [
        {"concurrency": 0},
        {"per_host": 0},
        {"connect_timeout_s": 0},
        {"reply_timeout_s": -1},
        {"total_timeout_s": 1e9},
        {"retries": -1},
        {"max_redirects": 21},
        {"allow_private": True},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        FetchSection.model_validate(wrong)
