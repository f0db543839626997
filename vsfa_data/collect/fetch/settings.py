"""What a recipe may say about fetching. Nothing here opens the way to a private address."""

from __future__ import annotations

import re
from typing import Final

from pydantic import Field

from vsfa_data import __version__
from vsfa_data.sections import Section

DEFAULT_USER_AGENT: Final = f"vsfa-data/{__version__}"
_CONTACT: Final = re.compile(r"https?://[^\s.]+\.[^\s]|[^\s@]@[^\s@]+\.[^\s@]")


class FetchSection(Section):
    """How addresses are fetched."""

    user_agent: str | None = Field(None, pattern=r"^[!-~]([ -~]{0,398}[!-~])?$")
    """Name to give to servers, with a way to reach you, as in `my-set/1.0 (me@example.org)`.
    Null: `vsfa-data/<version>`."""
    concurrency: int = Field(64, ge=1, le=1024)
    """Downloads at once. A request does not count while its server is silent, nor, if its host has
    not answered anything yet, before the reply begins; of those there are up to four times as
    many."""
    per_host: int = Field(8, ge=1, le=256)
    """Requests at once to one host and port, silent ones included."""
    connect_timeout_s: float = Field(5.0, gt=0.0, le=120.0)
    """Time to find a host's address, and again to connect to it, in seconds."""
    reply_timeout_s: float = Field(5.0, gt=0.0, le=600.0)
    """How long a server may be silent, before its reply or within it, in seconds; an API or an
    archive twice as long."""
    adaptive_timeout: bool = True
    """Whether a host that has never answered anything is given up sooner than these two say when
    nothing else of a list is left to fetch: after a second and five times what others took."""
    attempt_timeout_s: float = Field(60.0, gt=0.0, le=3600.0)
    """Time for one attempt from the request to the last byte, each redirect anew, in seconds."""
    total_timeout_s: float = Field(120.0, gt=0.0, le=86_400.0)
    """Time for all attempts at an address and the waits between them, in seconds; waiting for a
    turn does not count."""
    min_bytes_per_s: int = Field(1_000, ge=0)
    """Mean speed below which a download is given up, from its third second on."""
    retries: int = Field(3, ge=0, le=20)
    """Further attempts after 429 or a 5xx that may pass; after a silent or broken connection
    there is one at most."""
    max_redirects: int = Field(5, ge=0, le=20)
    """Redirects to follow for one address, at most."""
    honour_opt_out: bool = True
    """Whether to leave out what its server reserves: X-Robots-Tag with noai, noimageai, noindex,
    noimageindex or none, and TDMRep, whose /.well-known/tdmrep.json costs one request a host."""
    robots_txt: bool = False
    """Whether to keep to each host's robots.txt (RFC 9309): one more request a host."""

    @property
    def agent(self) -> str:
        """The User-Agent to send."""
        return self.user_agent or DEFAULT_USER_AGENT

    @property
    def product(self) -> str:
        """The name by which robots.txt and X-Robots-Tag may speak of us, in lower case."""
        return re.split(r"[/\s]", self.agent, maxsplit=1)[0].lower()

    @property
    def is_contactable(self) -> bool:
        """Whether the User-Agent holds an e-mail or web address, as some services require."""
        return _CONTACT.search(self.agent) is not None
