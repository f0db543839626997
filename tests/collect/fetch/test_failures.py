from __future__ import annotations

import calendar
import errno
import socket
import ssl
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from vsfa_data import tables
from vsfa_data.collect.fetch.failures import (
    Failure,
    Got,
    NotPublicError,
    Then,
    Waits,
    is_missing,
    of_error,
    of_lookup,
    of_status,
    seconds_of,
)
from vsfa_data.collect.rejected import Rejected

WAITS = Waits(connect_s=5.0, reply_s=10.0, attempt_s=60.0)
KEY: Any = ConnectionKey("example.com", 80, False, True, None, None, None)
INFO: Any = SimpleNamespace(real_url="http://example.com")


def connector(error: OSError) -> aiohttp.ClientConnectorError:
    return aiohttp.ClientConnectorError(KEY, error)


@pytest.mark.parametrize(
    ("error", "reason", "detail", "then", "got"),
    [
        (
            aiohttp.ConnectionTimeoutError(),
            "timeout",
            "no connection within 5 s",
            Then.ONCE_MORE,
            Got.NOWHERE,
        ),
        (
            aiohttp.SocketTimeoutError(),
            "timeout",
            "silent for 10 s",
            Then.ONCE_MORE,
            Got.CONNECTED,
        ),
        (TimeoutError(), "timeout", "not done within 60 s", Then.ONCE_MORE, Got.CONNECTED),
        (
            connector(OSError(errno.ECONNREFUSED, "no")),
            "connection_failed",
            "ECONNREFUSED",
            Then.ONCE_MORE,
            Got.NOWHERE,
        ),
        (
            connector(OSError(errno.EMFILE, "no")),
            "connection_failed",
            "EMFILE",
            Then.ONCE_MORE,
            Got.NOWHERE,
        ),
        (
            aiohttp.ClientConnectorCertificateError(KEY, ssl.SSLCertVerificationError("x")),
            "connection_failed",
            "the certificate is not valid",
            Then.GIVE_UP,
            Got.NOWHERE,
        ),
        (
            aiohttp.ClientConnectorSSLError(KEY, ssl.SSLError(1, "x")),
            "connection_failed",
            "no TLS connection",
            Then.GIVE_UP,
            Got.NOWHERE,
        ),
        (
            aiohttp.ServerDisconnectedError(),
            "connection_failed",
            "the server hung up",
            Then.ONCE_MORE,
            Got.CONNECTED,
        ),
        (
            aiohttp.ClientOSError(errno.ECONNRESET, "x"),
            "connection_failed",
            "the server hung up",
            Then.ONCE_MORE,
            Got.CONNECTED,
        ),
        (
            aiohttp.ClientPayloadError(),
            "truncated",
            "the server hung up within its reply",
            Then.ONCE_MORE,
            Got.REPLY,
        ),
        (
            aiohttp.ClientResponseError(INFO, ()),
            "bad_reply",
            "not valid HTTP",
            Then.GIVE_UP,
            Got.REPLY,
        ),
        (aiohttp.InvalidURL("x"), "bad_url", "not valid", Then.GIVE_UP, Got.REPLY),
    ],
)
def test_what_an_error_means(
    error: Exception, reason: str, detail: str, then: Then, got: Got
) -> None:
    failure = of_error(error, WAITS)
    assert (failure.reason, failure.detail) == (reason, detail)
    assert (failure.then, failure.got) == (then, got)
    assert reason in tables.REASONS
    again = failure.again()
    assert vars(again) == vars(failure)
    assert again is not failure


def test_a_private_address_is_known_under_what_aiohttp_makes_of_it() -> None:
    for error in (connector(OSError()), aiohttp.ClientOSError()):
        error.__cause__ = NotPublicError("loopback")
        failure = of_error(error, WAITS)
        assert (failure.reason, failure.detail) == ("address_rebound", "loopback")
        assert (failure.then, failure.got) == (Then.GIVE_UP, Got.NOWHERE)


@pytest.mark.parametrize(
    ("status", "retry_after", "reason", "then", "wait_s"),
    [
        (404, None, "http_status", Then.GIVE_UP, None),
        (404, "5", "http_status", Then.GIVE_UP, None),
        (204, None, "http_status", Then.GIVE_UP, None),
        (429, None, "rate_limited", Then.SLOWER, None),
        (429, "5", "rate_limited", Then.SLOWER, 5.0),
        (503, "7", "http_status", Then.SLOWER, 7.0),
        (500, "7", "http_status", Then.LATER, None),
        (502, None, "http_status", Then.LATER, None),
        (504, None, "http_status", Then.LATER, None),
        (501, None, "http_status", Then.GIVE_UP, None),
    ],
)
def test_what_a_status_means(
    status: int, retry_after: str | None, reason: str, then: Then, wait_s: float | None
) -> None:
    failure = of_status(status, retry_after)
    assert (failure.reason, failure.detail) == (reason, f"HTTP {status}")
    assert (failure.then, failure.wait_s, failure.got) == (then, wait_s, Got.REPLY)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ("-1", None),
        ("1.5", None),
        ("\u0661", None),
        ("9" * 100, 999_999_999.0),
        ("Wed, 21 Oct 2015 07:28:30 GMT", 30.0),
        ("Wed, 21 Oct 2015 07:27:00 GMT", 0.0),
        ("Wed, 99 Oct 2015 07:28:30 GMT", None),
        ("soon", None),
    ],
)
def test_retry_after(text: str | None, expected: float | None) -> None:
    now = calendar.timegm((2015, 10, 21, 7, 28, 0))
    assert seconds_of(text, now=lambda: float(now)) == expected


def test_only_a_lookup_that_failed_for_now_is_repeated() -> None:
    passing = of_lookup(socket.gaierror(socket.EAI_AGAIN, "x"))
    final = of_lookup(socket.gaierror(socket.EAI_NONAME, "x"))
    assert (passing.reason, passing.then) == ("dns_failure", Then.ONCE_MORE)
    assert (final.reason, final.then) == ("dns_failure", Then.GIVE_UP)


def test_what_is_missing() -> None:
    assert is_missing(of_status(404, None))
    assert is_missing(of_status(429, None))
    assert not is_missing(of_status(500, None))
    assert not is_missing(Rejected("empty_reply"))
    assert not is_missing(Failure("timeout", "silent for 4 s"))
