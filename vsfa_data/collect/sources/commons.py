"""Images that the search of Wikimedia Commons finds (https://commons.wikimedia.org).

Asked through the MediaWiki action API, one request after the other and with `maxlag`, as its
etiquette wants: https://www.mediawiki.org/wiki/API:Etiquette.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from vsfa_data.collect.rejected import Rejected
from vsfa_data.collect.search import extmetadata, markup, reading
from vsfa_data.collect.search.options import SearchOptions
from vsfa_data.collect.search.reading import Credit
from vsfa_data.collect.search.record import Cursor
from vsfa_data.collect.search.searching import SearchSource, Web
from vsfa_data.collect.source import Candidate

PAGE_SIZE: Final = 50
"""Results of one request; scaled copies are given for no more."""
MAX_PARTS: Final = 20
"""Requests that one page of results may take: descriptions may come bit by bit."""
MAX_LAG_S: Final = 5
"""How far the servers' copies may lag behind for us to be served; Wikimedia's recommendation."""
BUSY: Final = ("maxlag", "ratelimited")
"""Errors by which the service asks for patience."""


class CommonsSource(SearchSource):
    """Images of Wikimedia Commons, each with its licence, its author and its page.

    `source_ref` is the identifier of the file's entity, M and a number, which stays when a file
    is renamed. Files that are up for deletion are left out.
    """

    class Options(SearchOptions):
        """What a recipe may say of images from Wikimedia Commons."""

        licenses: tuple[Literal["cc0", "pdm", "pd", "by", "by-sa"], ...] = Field(
            ("cc0", "pdm", "pd", "by", "by-sa"), min_length=1
        )
        """Licences to accept; `pdm` has Creative Commons' public domain mark, `pd` another reason
        to be in the public domain."""
        width_px: Literal[330, 500, 960, 1280, 1920] = 960
        """Width of the copy to download, in pixels: a size that Wikimedia keeps ready. Smaller
        files come as they are."""

    options: Options
    name = "commons"
    service = "Wikimedia Commons"
    version = 1
    api: ClassVar[str] = "https://commons.wikimedia.org/w/api.php"
    wait_s: ClassVar[float] = 5.0
    """Time to wait, at least, when the service asks for patience."""

    def ask(self, web: Web, query: str, cursor: Cursor) -> tuple[list[Candidate], Cursor | None]:
        """One page of results. Raises Rejected."""
        pages: dict[int, dict[str, Any]] = {}
        following: Cursor | None = cursor
        for _ in range(MAX_PARTS):
            told = self._answer(web, {**self._question(query), **(following or {})})
            for page in reading.objects(reading.mapping(told.get("query")).get("pages")):
                # What has no number of its own gets one that is none, so that it is counted.
                pages.setdefault(_number(page.get("pageid")) or -len(pages), {}).update(page)
            following = _continuation(told.get("continue"))
            if "batchcomplete" in told or following is None:
                break
        else:
            raise Rejected("bad_reply", "a page of results without end")
        ranked = sorted(pages.values(), key=lambda page: _number(page.get("index")))
        place = f"{query}/{cursor.get('gsroffset', 0)}"
        return [self._candidate(page, f"{place}/{n}") for n, page in enumerate(ranked)], following

    def hint(self, no: Rejected) -> str:
        """What to do about a failure of Commons."""
        if no.detail == "HTTP 403":
            return (
                "It refuses this user agent: see https://w.wiki/4wJS and mend "
                "collect.fetch.user_agent"
            )
        return super().hint(no)

    def _question(self, query: str) -> dict[str, str | int]:
        return {
            "action": "query",
            "format": "json",
            "formatversion": 2,
            "maxlag": MAX_LAG_S,
            "generator": "search",
            "gsrsearch": f"filetype:bitmap {query}",
            "gsrnamespace": 6,
            "gsrlimit": PAGE_SIZE,
            "prop": "imageinfo",
            "iiprop": "url|size|mime|extmetadata",
            "iiurlwidth": self.options.width_px,
            "iiextmetadatafilter": "|".join(extmetadata.FIELDS),
            "iiextmetadatalanguage": "en",
        }

    def _answer(self, web: Web, params: Mapping[str, str | int]) -> Mapping[str, Any]:
        """What the API says, after as much patience as `collect.fetch` has. Raises Rejected."""
        left_s = self.fetch.total_timeout_s
        while True:
            told = web.json(self.api, params)
            if not isinstance(told, dict):
                raise Rejected("bad_reply", "no JSON object")
            error = reading.mapping(told.get("error"))
            code = markup.of_text(reading.text(error.get("code")))
            if "error" not in told:
                return told
            if code not in BUSY:
                raise Rejected("bad_reply", f"it says: {code or 'an error'}")
            lag_s = error.get("lag")
            wait_s = max(self.wait_s, min(lag_s, 1e6) if isinstance(lag_s, int | float) else 0.0)
            if wait_s > left_s:
                raise Rejected("rate_limited", f"it says: {code}")
            left_s -= wait_s
            time.sleep(wait_s)

    def _candidate(self, page: Mapping[str, Any], place: str) -> Candidate:
        number = _number(page.get("pageid"))
        if not number:
            return reading.incomplete(place, "no identifier")
        info = next(reading.objects(page.get("imageinfo")), {})
        known = extmetadata.read(info.get("extmetadata"))
        credit = Credit(
            title=extmetadata.title(known, reading.text(page.get("title"))),
            attribution=extmetadata.attribution(known),
            page_url=reading.address(info.get("descriptionurl")),
        )
        url = reading.address(info.get("thumburl")) or reading.address(info.get("url"))
        license_ = partial(extmetadata.license_of, known, self.options.licenses)
        return reading.candidate(f"M{number}", url, license_, credit)


def _continuation(told: Any) -> Cursor | None:
    """Parameters that continue a search; no other parameter of ours is theirs to change."""
    kept = {
        name: value
        for name, value in reading.mapping(told).items()
        if (name == "continue" or name.endswith(("continue", "offset", "start")))
        and isinstance(value, str | int)
    }
    return kept or None


def _number(value: Any) -> int:
    """`value` if it is a number of a page or of a place, from 1 on; else 0."""
    return value if isinstance(value, int) and 0 < value < 2**63 else 0
