"""What a list or a sidecar says of a licence: an SPDX id where it means one, nothing for `n/a`."""

from __future__ import annotations

import re
from typing import Final

from vsfa_data.collect.search import licenses

_NOTHING: Final = re.compile(
    r"[\s?.*/_\u2013\u2014-]*"
    r"|n\W?a\W?|nan|null|nil|none|tb[acd]|todo|noassertion|undefined"
    r"|(?:licen[cs]e )?(?:is )?(?:unknown|unspecified|not (?:known|specified))(?: licen[cs]e)?",
    re.IGNORECASE,
)
"""What people and programs write into a cell of which they know nothing."""
_WEB: Final = re.compile(r"https?://[^\s/]", re.IGNORECASE)


def told(name: str | None, address: str | None) -> tuple[str | None, str | None]:
    """Licence and address of its text, of what was written; None for what says nothing.

    A name or an address of Creative Commons becomes its SPDX id if it is beyond doubt which one is
    meant; any other name stays as it is. An address is one of the web, or it is left out.
    """
    typed, link = (name or "").strip(), (address or "").strip()
    by_link = licenses.of_url(link)
    kept = link if _WEB.match(link) else (by_link.url if by_link else None)
    if _NOTHING.fullmatch(typed):
        return None, kept
    by_name = licenses.of_url(typed)
    meant = by_name or licenses.of_name(typed)
    return meant.id if meant else typed, kept or (by_name.url if by_name else None)
