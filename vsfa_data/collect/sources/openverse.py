"""Openly licensed images that Openverse finds (https://openverse.org, API v1).

Without an account it answers 20 results at a time, 240 of one search at most, and a limited
number of requests an hour and a day: https://docs.openverse.org/api/. It is made for searching;
its terms of service forbid to copy the catalogue.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from vsfa_data.collect.rejected import Rejected
from vsfa_data.collect.search import licenses, markup, reading
from vsfa_data.collect.search.licenses import License
from vsfa_data.collect.search.options import SearchOptions
from vsfa_data.collect.search.reading import Credit
from vsfa_data.collect.search.record import Cursor
from vsfa_data.collect.search.searching import SearchSource, Web
from vsfa_data.collect.source import Candidate
from vsfa_data.errors import UserError

TOKEN: Final = "VSFA_DATA_OPENVERSE_TOKEN"  # noqa: S105 the variable's name, not a token
"""Environment variable with an access token, which allows more requests."""
PAGE_SIZE: Final = 20
_TOKEN: Final = re.compile("[!-~]+")
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class OpenverseSource(SearchSource):
    """Images found by Openverse, each with its licence, its author and its page.

    `source_ref` is Openverse's identifier. A token, if VSFA_DATA_OPENVERSE_TOKEN holds one, is
    sent to Openverse alone and kept nowhere.
    """

    class Options(SearchOptions):
        """What a recipe may say of images from Openverse."""

        licenses: tuple[
            Literal["cc0", "pdm", "by", "by-sa", "by-nc", "by-nd", "by-nc-sa", "by-nc-nd"], ...
        ] = Field(("cc0", "pdm", "by", "by-sa"), min_length=1)
        """Licences to accept, as Openverse spells them. The default lets everybody pass the images
        on and change them, for any purpose."""
        size: Literal["full", "thumbnail"] = "full"
        """`full`: the file at its provider, up to collect.max_bytes. `thumbnail`: Openverse's own
        copy, 600 pixels wide, of which it gives out about 150 a minute."""
        mature: bool = False
        """Whether to list results that are marked as sensitive."""

    options: Options
    name = "openverse"
    service = "Openverse"
    version = 1
    api: ClassVar[str] = "https://api.openverse.org/v1/images/"
    pause_s: ClassVar[float] = 1.0
    """Time between two requests."""

    def require(self) -> None:
        """As SearchSource has it; a token that cannot be sent is refused too."""
        super().require()
        _credentials()

    def ask(self, web: Web, query: str, cursor: Cursor) -> tuple[list[Candidate], Cursor | None]:
        """One page of results. Raises Rejected."""
        page = int(cursor.get("page", 1))
        params: dict[str, str | int] = {
            "q": query,
            "license": ",".join(self.options.licenses),
            "page": page,
            "page_size": PAGE_SIZE,
            **({"mature": "true"} if self.options.mature else {}),
        }
        time.sleep(self.pause_s)
        told = reading.mapping(web.json(self.api, params, _credentials()))
        if not isinstance(told.get("results"), list) or not isinstance(told.get("page_count"), int):
            raise Rejected("bad_reply", "no list of results")
        found = [
            self._candidate(one, f"{query}/{page}/{number}")
            for number, one in enumerate(reading.objects(told["results"]))
        ]
        return found, {"page": page + 1} if page < told["page_count"] else None

    def hint(self, no: Rejected) -> str:
        """What to do about a failure of Openverse."""
        if no.reason == "rate_limited":
            return (
                f"Run the same command again later to go on, or register for a token "
                f"(https://api.openverse.org/v1/) and set {TOKEN}"
            )
        if no.detail in {"HTTP 401", "HTTP 403"} and os.environ.get(TOKEN):
            return f"Set {TOKEN} to a token that has not expired, or unset it"
        return super().hint(no)

    def _candidate(self, told: Mapping[str, Any], place: str) -> Candidate:
        ref = reading.text(told.get("id")) or ""
        if not _ID.fullmatch(ref):
            return reading.incomplete(place, "no identifier")
        credit = Credit(
            title=markup.of_html(reading.text(told.get("title"))),
            attribution=markup.of_html(reading.text(told.get("creator"))),
            page_url=reading.address(told.get("foreign_landing_url")),
        )
        url = reading.address(told.get("thumbnail" if self.options.size == "thumbnail" else "url"))
        license_ = partial(reading.allowed, _license(told), self.options.licenses, _said(told))
        return reading.candidate(ref, url, license_, credit)


def _license(told: Mapping[str, Any]) -> License | None:
    """The licence by its code and version, unless its address speaks of another one."""
    code, version = reading.text(told.get("license")), reading.text(told.get("license_version"))
    by_url = licenses.of_url(reading.text(told.get("license_url")))
    if code is not None and by_url is not None and code.lower() != by_url.kind:
        return None
    return reading.agreed(licenses.of_code(code, version), by_url)


def _said(told: Mapping[str, Any]) -> str | None:
    parts = (reading.text(told.get(name)) for name in ("license", "license_version"))
    return markup.of_text(" ".join(filter(None, parts)))


def _credentials() -> dict[str, str]:
    token = os.environ.get(TOKEN, "").strip()
    if token and not _TOKEN.fullmatch(token):
        raise UserError(f"{TOKEN} holds characters that no token has; set it anew, or unset it")
    return {"Authorization": f"Bearer {token}"} if token else {}
