"""Why a request failed: as a reason code, and as what to do next."""

from __future__ import annotations

import errno
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Final

import aiohttp
from aiohttp.http_exceptions import ContentLengthError, HttpProcessingError

from vsfa_data.collect.rejected import Rejected
from vsfa_data.collect.unanswered import EARLY

PASSING: Final = (500, 502, 504)
"""Statuses of a server that is out of order for a while."""
BUSY: Final = (429, 503)
"""Statuses by which a server asks for fewer requests."""
FAILURES: Final = (aiohttp.ClientError, OSError, TimeoutError)
"""What aiohttp raises where the network, and not this program, is at fault."""


class Then(Enum):
    """What to do after a failure."""

    GIVE_UP = "it will not pass"
    ONCE_MORE = "the server was silent or hung up: try once more"
    LATER = "the server is out of order: try again after a while"
    SLOWER = "the server asks for fewer requests: do so, then try again"


class Got(Enum):
    """How far a request got that failed."""

    NOWHERE = "no connection"
    CONNECTED = "a connection, and no whole reply"
    REPLY = "a reply"


class Failure(Rejected):
    """A request that failed; `wait_s` is how long the server asked to be left alone."""

    def __init__(
        self,
        reason: str,
        detail: str | None = None,
        then: Then = Then.GIVE_UP,
        *,
        got: Got = Got.REPLY,
        wait_s: float | None = None,
    ) -> None:
        super().__init__(reason, detail)
        self.then, self.got, self.wait_s = then, got, wait_s

    def again(self) -> Failure:
        """The same failure for another address that waited for the same thing."""
        return Failure(self.reason, self.detail, self.then, got=self.got, wait_s=self.wait_s)


class NotPublicError(OSError):
    """A socket was about to reach an address that is not public."""

    def __init__(self, kind: str) -> None:
        super().__init__(errno.EPERM, kind)
        self.kind = kind


@dataclass(frozen=True)
class Waits:
    """How long a request may take at each point, in seconds: for the wording of failures."""

    connect_s: float
    reply_s: float
    attempt_s: float | None


def of_error(error: BaseException, waits: Waits) -> Failure:
    """What `error`, one of FAILURES, means. Errors of the address itself are not repeated."""
    if isinstance(error.__cause__, NotPublicError):  # aiohttp has wrapped it
        return Failure("address_rebound", error.__cause__.kind, got=Got.NOWHERE)
    if isinstance(error, TimeoutError):
        return _of_timeout(error, waits)
    if isinstance(error, aiohttp.ClientConnectorError | ssl.SSLError):
        return _of_connecting(error)
    if isinstance(error, aiohttp.ClientPayloadError):
        return _of_payload(error)
    if isinstance(error, aiohttp.ClientResponseError | aiohttp.InvalidURL):
        is_url = isinstance(error, aiohttp.InvalidURL)
        return Failure("bad_url", "not valid") if is_url else Failure("bad_reply", "not valid HTTP")
    return Failure("connection_failed", "the server hung up", Then.ONCE_MORE, got=Got.CONNECTED)


def of_status(status: int, retry_after: str | None) -> Failure:
    """What a status other than 200 and the redirects means."""
    reason = "rate_limited" if status == 429 else "http_status"
    then = Then.SLOWER if status in BUSY else Then.LATER if status in PASSING else Then.GIVE_UP
    wait_s = seconds_of(retry_after) if status in BUSY else None
    return Failure(reason, f"HTTP {status}", then, wait_s=wait_s)


def of_lookup(error: OSError) -> Failure:
    """What a failed name lookup means."""
    if error.errno == socket.EAI_AGAIN:
        then, detail = Then.ONCE_MORE, "the name could not be looked up for now"
    else:
        then, detail = Then.GIVE_UP, "the name has no address"
    return Failure("dns_failure", detail, then, got=Got.NOWHERE)


def early(silent_s: float, *, is_connected: bool) -> Failure:
    """What the silence of a host means that is given up since nothing else is left to do.

    Nobody is asked in its place: that it was out of reach counts for all that it was asked.
    """
    begin = "silent for" if is_connected else "no connection within"
    return Failure("timeout", f"{begin} {silent_s:g} s{EARLY}", got=Got.NOWHERE)


def is_missing(no: Rejected) -> bool:
    """Whether the server said that there is no such file, or not for us: a status of 4xx."""
    return (no.detail or "").startswith("HTTP 4")


def seconds_of(retry_after: str | None, now: Callable[[], float] = time.time) -> float | None:
    """Seconds that a Retry-After header, a number or a date, asks for; None if it is neither."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now())
    except (ValueError, OverflowError):
        return None


def _of_timeout(error: TimeoutError, waits: Waits) -> Failure:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        detail = f"no connection within {waits.connect_s:g} s"
        return Failure("timeout", detail, Then.ONCE_MORE, got=Got.NOWHERE)
    if isinstance(error, aiohttp.SocketTimeoutError) or waits.attempt_s is None:
        detail = f"silent for {waits.reply_s:g} s"
    else:
        detail = f"not done within {waits.attempt_s:g} s"
    return Failure("timeout", detail, Then.ONCE_MORE, got=Got.CONNECTED)


def _of_connecting(error: aiohttp.ClientConnectorError | ssl.SSLError) -> Failure:
    cause = getattr(error, "os_error", None) or getattr(error, "certificate_error", error)
    if isinstance(cause, ssl.CertificateError):
        return Failure("connection_failed", "the certificate is not valid", got=Got.NOWHERE)
    if isinstance(cause, ssl.SSLError):
        return Failure("connection_failed", "no TLS connection", got=Got.NOWHERE)
    number = cause.errno if isinstance(cause, OSError) else None
    name = errno.errorcode.get(number or 0)
    return Failure("connection_failed", name, Then.ONCE_MORE, got=Got.NOWHERE)


def _of_payload(error: aiohttp.ClientPayloadError) -> Failure:
    """The body broke off, or (if the cause is another HTTP error) it is nonsense."""
    cause = error.__cause__
    is_nonsense = isinstance(cause, HttpProcessingError) and not (
        isinstance(cause, ContentLengthError) or "Not enough data" in str(cause)
    )
    if is_nonsense:
        return Failure("bad_reply", "not valid HTTP")
    return Failure("truncated", "the server hung up within its reply", Then.ONCE_MORE)
