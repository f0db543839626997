"""The official client, set up: address, token, how long silence is borne, what it may print.

`huggingface_hub` reads HF_ENDPOINT and HF_HUB_DISABLE_XET when it is imported, has no time limit
on most calls, and logs addresses whose query signs an upload. All of that is dealt with here.
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import os
import re
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from vsfa_data.errors import SetupError, UserError, printable

if TYPE_CHECKING:
    from huggingface_hub import HfApi

OFFICIAL: Final = "https://huggingface.co"
_CLIENT_LOG: Final = "huggingface_hub.utils._http"


@dataclass(frozen=True)
class Patience:
    """How long to wait for what; times in seconds."""

    connect_s: float = 4.0
    read_s: float = 30.0
    """Silence of the Hub while it is asked something."""
    write_s: float = 120.0
    """Silence while it changes something: a commit may take a minute."""
    tries: int = 5
    first_wait_s: float = 1.0
    """Between the first two tries; doubled each time."""
    longest_wait_s: float = 60.0
    """If the Hub asks for a longer wait than this, say so and stop."""
    sleep: Callable[[float], None] = time.sleep

    def quick(self) -> Patience:
        """For a first call: whether there is a Hub at all is known within seconds."""
        return replace(self, tries=min(3, self.tries))


def choose_endpoint(given: str | None) -> str:
    """The Hub's address: given, else HF_ENDPOINT's, else the official one; no slash at its end.

    Raises UserError for one that would send the token in clear over a network.
    """
    address = (given or os.environ.get("HF_ENDPOINT") or OFFICIAL).rstrip("/")
    parts = urlsplit(address)
    try:
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.query:
        raise UserError(
            f"'{printable(address)[:200]}' is no address of a Hub: write it as https://hub.example"
        )
    if parts.scheme == "http" and not _is_loopback(host):
        raise UserError(
            f"{printable(address)[:200]} would send your token in clear over the network: "
            f"use its https:// address"
        )
    return address


def choose_transfer(endpoint: str) -> None:
    """Use plain git-lfs with any Hub but the official one, unless HF_HUB_DISABLE_XET says else.

    The client does not ask whether a server has Xet storage: without it, uploads would fail.
    To be called before anything imports `huggingface_hub`, which reads the variable then.
    """
    if endpoint != OFFICIAL:
        os.environ.setdefault("HF_HUB_DISABLE_XET", "1")


def find_token() -> str | None:
    """The user's token from where the official client looks for it; None if there is none.

    HF_TOKEN, then what `hf auth login` stored. Raises SetupError if a configured way fails.
    """
    from huggingface_hub import get_token
    from huggingface_hub.errors import OIDCError

    try:
        return get_token()
    except OIDCError as error:
        raise SetupError(f"no token could be had: {printable(str(error))}") from None


@contextlib.contextmanager
def connected(
    endpoint: str, token: str | None, patience: Patience, *, quiet: bool = False
) -> Iterator[HfApi]:
    """The official client with limits on silence, while the block runs.

    `quiet`: neither progress bars nor warnings of the client; bars need a terminal anyway.
    """
    import huggingface_hub
    from huggingface_hub import HfApi, get_session, set_client_factory

    shown: Any = huggingface_hub.utils
    usual = get_session()
    hooks = {kind: list(called) for kind, called in usual.event_hooks.items()}
    make: Any = type(usual)

    def limit(request: Any) -> None:
        timeouts = request.extensions.get("timeout") or {}
        if timeouts.get("read") is None:
            asking = request.method in ("GET", "HEAD", "DELETE")
            seconds = patience.read_s if asking else patience.write_s
            limits = dict.fromkeys(("read", "write", "pool"), seconds)
            request.extensions["timeout"] = {"connect": patience.connect_s, **limits}

    def factory(extra: list[Any]) -> Any:
        requests = [*hooks.get("request", []), *extra]
        return make(event_hooks=hooks | {"request": requests}, follow_redirects=True, timeout=None)

    level, log = shown.logging.get_verbosity(), logging.getLogger(_CLIENT_LOG)
    had_bars = not shown.are_progress_bars_disabled()
    set_client_factory(lambda: factory([limit]))
    log.addFilter(_without_queries)
    if quiet:
        shown.logging.set_verbosity_error()
    with warnings.catch_warnings(action="ignore"):  # HF_HUB_DISABLE_PROGRESS_BARS=0 has its way
        if quiet or not sys.stderr.isatty():
            shown.disable_progress_bars()
    try:
        yield HfApi(endpoint=endpoint, token=token or False, library_name="vsfa-data")
    finally:
        if had_bars:
            shown.enable_progress_bars()
        shown.logging.set_verbosity(level)
        log.removeFilter(_without_queries)
        set_client_factory(lambda: factory([]))


def without_queries(text: str) -> str:
    """`text` with every address cut before its query: a signed one is as good as a key."""
    return re.sub(r"(https?://[^\s'\"?]+)\?[^\s'\"]+", r"\1", text)


def _without_queries(record: logging.LogRecord) -> bool:
    record.msg, record.args = without_queries(record.getMessage()), ()
    return True


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
