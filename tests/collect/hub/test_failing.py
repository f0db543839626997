from __future__ import annotations

import httpx2
import pytest
from huggingface_hub import errors

from vsfa_data.collect.hub.failing import told
from vsfa_data.errors import UserError


def line(error: Exception) -> str:
    with pytest.raises(UserError) as caught, told("a/b\x1b"):
        raise error
    return str(caught.value)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (errors.OfflineModeIsEnabled("off"), "the Hub cannot be reached (OfflineModeIsEnabled: of"),
        (errors.LocalEntryNotFoundError("x"), "the Hub cannot be reached (LocalEntryNotFoundErro"),
        (httpx2.ConnectError("no"), "the Hub cannot be reached (ConnectError: no). Go online"),
        (httpx2.ReadTimeout(""), "the Hub cannot be reached (ReadTimeout: no message)."),
        (ConnectionResetError("x"), "the Hub cannot be reached (ConnectionResetError: x)"),
        (ValueError("a\nb\x1b[31m"), "it cannot be read (ValueError: a b [31m)"),
        (KeyError("x" * 999), "it cannot be read (KeyError: 'xxx"),
    ],
)
def test_one_line_for_whatever_happens(error: Exception, said: str) -> None:
    found = line(error)
    assert found.startswith("dataset a/b: " + said)
    assert len(found) < 500


def test_what_is_worded_already_stays() -> None:
    assert line(UserError("worded")) == "worded"


def test_the_cause_stays_behind_it() -> None:
    error = ValueError("x")
    with pytest.raises(UserError) as caught, told("a/b"):
        raise error
    assert caught.value.__cause__ is error
