"""What a licence asks of those who pass a picture on: the few classes that matter for a choice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal

LicenseClass = Literal[
    "public-domain", "attribution", "share-alike", "non-commercial", "no-derivatives", "other",
    "unknown",
]  # fmt: skip
"""What a licence asks of those who pass a picture on: `attribution` for credit alone; `share-alike`
for the same terms too; `other` is any that is not known here, `unknown` that no licence is known.
The strictest class counts."""

_CREATIVE_COMMONS: Final = re.compile(
    r"^CC[ -]BY((?:[ -](?:NC|ND|SA))*)(?:[ -]v?\d|$)", re.IGNORECASE
)
_ASKED: Final[tuple[tuple[str, LicenseClass], ...]] = (
    ("NC", "non-commercial"), ("ND", "no-derivatives"), ("SA", "share-alike"),
)  # fmt: skip
_PUBLIC: Final = re.compile(
    r"^(CC0|CC-PDM|PDM?|public[ -]domain|PDDL|Unlicense|0BSD|MIT-0|WTFPL)(?![a-z])",
    re.IGNORECASE,
)
_CREDIT: Final = re.compile(r"^(MIT|BSD|Apache|ISC|Zlib|OGL-UK|ODC-By|FTL)\b", re.IGNORECASE)
_SHARE: Final = re.compile(r"^(A?GPL|LGPL|GFDL|MPL|ODbL|FAL|LAL|OSL)\b", re.IGNORECASE)
_AND: Final = re.compile(r"\s+(?:AND|OR)\s+")
_WITH: Final = re.compile(r"\s+WITH\s+[\w.-]+")
"""An exception takes nothing away from what the licence allows."""
_STRICTER: Final[tuple[LicenseClass, ...]] = (
    "public-domain", "attribution", "share-alike", "no-derivatives", "non-commercial", "other",
    "unknown",
)  # fmt: skip


def license_class(name: str | None) -> LicenseClass:
    """Class of a licence's SPDX id, or of what stands in its place.

    Of several licences (`A AND B`, `A OR B`) the strictest counts.
    """
    if name is None or name.strip().lower() in {"", "unknown"}:
        return "unknown"
    several = [_one(part.strip(" ()")) for part in _AND.split(_WITH.sub("", name))]
    return max(several, key=_STRICTER.index)


def strictness(name: str | None) -> int:
    """The higher, the stricter a licence's class; 0 if no licence is known, which demands nothing.

    Of two that are said of one picture the stricter one breaks neither.
    """
    kind = license_class(name)
    return 0 if kind == "unknown" else 1 + _STRICTER.index(kind)


def of_class(licenses: Mapping[str, int], kind: LicenseClass) -> dict[str, int]:
    """Those of the counted licences that are of one class, in their order."""
    return {name: count for name, count in licenses.items() if license_class(name) == kind}


def _one(text: str) -> LicenseClass:
    if found := _CREATIVE_COMMONS.match(text):
        asked = found[1].upper()
        return next((kind for code, kind in _ASKED if code in asked), "attribution")
    if _PUBLIC.match(text):
        return "public-domain"
    if _CREDIT.match(text):
        return "attribution"
    return "share-alike" if _SHARE.match(text) else "other"
