"""What Wikimedia Commons says of a file: `extmetadata` of the MediaWiki API, read from its page.

https://www.mediawiki.org/wiki/Extension:CommonsMetadata: values are HTML, and any may be missing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from vsfa_data.collect.rejected import Rejected
from vsfa_data.collect.search import licenses, markup, reading
from vsfa_data.collect.search.licenses import License

FIELDS: Final = (
    *("Artist", "Attribution", "DeletionReason", "License", "LicenseShortName", "LicenseUrl"),
    *("NonFree", "ObjectName"),
)
"""What is asked for."""
_EXTENSION: Final = re.compile(r"\.[A-Za-z0-9]{2,5}$")
_PUBLIC: Final = License("pd", licenses.PUBLIC_DOMAIN, None)


def read(told: Any) -> dict[str, str]:
    """Field -> HTML, of those that have one value."""
    values = (
        (name, reading.mapping(field).get("value")) for name, field in reading.mapping(told).items()
    )
    return {name: str(value) for name, value in values if isinstance(value, str | int | float)}


def title(known: Mapping[str, str], file: str | None) -> str | None:
    """The object's name, or that of the `file` without what makes it a file's."""
    if name := known.get("ObjectName"):
        return markup.of_html(name)
    stem = _EXTENSION.sub("", (file or "").removeprefix("File:"))
    return markup.of_text(stem.replace("_", " "))


def attribution(known: Mapping[str, str]) -> str | None:
    """Whom to credit: as the author wants it, or the author."""
    return markup.of_html(known.get("Attribution") or known.get("Artist"))


def license_of(known: Mapping[str, str], kinds: Sequence[str]) -> License:
    """The licence, which is of one of `kinds`.

    Raises Rejected: license_unknown, license_not_allowed (files that are up for deletion, or said
    not to be free whatever else is said, included).
    """
    said = markup.of_html(known.get("LicenseShortName"))
    if known.get("DeletionReason"):
        raise Rejected("license_not_allowed", "up for deletion")
    if known.get("NonFree", "false").lower() not in {"false", "0", ""}:
        raise Rejected("license_not_allowed", f"not free: {said}")
    is_named = known.get("License") or licenses.of_url(known.get("LicenseUrl"))
    if said and not is_named:
        raise Rejected("license_not_allowed", said[:100])
    return reading.allowed(_license(known), kinds, said)


def _license(known: Mapping[str, str]) -> License | None:
    """The licence by its address and its code, unless they contradict each other."""
    by_url = licenses.of_url(known.get("LicenseUrl"))
    code = known.get("License", "").strip().lower()
    if code in {"pd", "cc-pd"}:
        return by_url if by_url and by_url.kind in {"cc0", "pdm"} else _PUBLIC
    return reading.agreed(licenses.of_name(code), by_url)
