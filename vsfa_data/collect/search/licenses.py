"""Licences as search services and people write them -> SPDX ids and the address of the text.

An id is SPDX's where SPDX has one (CC-BY-SA-4.0, CC0-1.0, CC-PDM-1.0) and of the same form where
it has none (CC-BY-SA-3.0-FR). What does not name its version is not guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["cc0", "pdm", "pd", "by", "by-sa", "by-nc", "by-nd", "by-nc-sa", "by-nc-nd", "other"]
"""What a licence allows: `cc0` waives all rights, `pdm` marks a work as free of known rights,
`pd` says the same without Creative Commons' mark; `other` is any licence that is none of these."""

OPEN: Final[tuple[Kind, ...]] = ("cc0", "pdm", "pd", "by", "by-sa")
"""Kinds that let everybody pass the work on and change it, for any purpose."""

PUBLIC_DOMAIN: Final = "public-domain"
"""Id of a work that is said to be in the public domain, without any licence or mark."""

_VERSIONS: Final = ("1.0", "2.0", "2.1", "2.5", "3.0", "4.0")
_SITE: Final = r"(?:https?:)?//(?:www\.)?creativecommons\.org"
_LICENSE_URL: Final = re.compile(
    rf"{_SITE}/licenses/(by(?:-nc)?(?:-nd|-sa)?)/([0-9.]+)(?:/([a-z]{{2,8}}))?"
    r"(?:/(?:(?:deed|legalcode)[a-z._-]*)?)?",
    re.IGNORECASE,
)
_PUBLIC_URL: Final = re.compile(
    rf"{_SITE}/publicdomain/(zero|mark)/(1\.0)(?:/(?:(?:deed|legalcode)[a-z._-]*)?)?",
    re.IGNORECASE,
)
_NAME: Final = re.compile(
    r"cc-?(by(?:-nc)?(?:-nd|-sa)?)-v?([0-9]\.[0-9])(?:-([a-z]{2}|igo|scotland))?"
)
_ZERO_NAME: Final = re.compile(r"cc-?(?:0|zero)(?:-v?1\.0)?")
_MARK_NAME: Final = re.compile(r"(?:cc-)?(?:pdm|public-domain-mark)(?:-v?1\.0)?")
_PUBLIC_NAMES: Final = frozenset({"pd", "cc-pd", "public-domain"})
_WORDS: Final = (
    (re.compile(r"\bcreative-commons\b"), "cc"),
    (re.compile(r"\battribution\b"), "by"),
    (re.compile(r"\bnon-?commercial\b"), "nc"),
    (re.compile(r"\bno-?deriv(?:ative)?s\b"), "nd"),
    (re.compile(r"\bshare-?alike\b"), "sa"),
    (re.compile(r"(?:-(?:international|unported|generic|universal|licen[cs]e))+$"), ""),
)
"""What stands between hyphens in a licence's full name -> its code."""
_LONGEST_NAME: Final = 100
_PUBLIC_KINDS: Final[dict[str, Kind]] = {"zero": "cc0", "mark": "pdm"}
_BY_KINDS: Final[tuple[Kind, ...]] = ("by", "by-sa", "by-nc", "by-nd", "by-nc-sa", "by-nc-nd")


@dataclass(frozen=True)
class License:
    """A licence down to its version and, if it is adapted to one, its jurisdiction."""

    kind: Kind
    id: str
    url: str | None


def of_url(url: str | None) -> License | None:
    """The licence whose text or summary `url` is; None if it is none of Creative Commons'."""
    text = (url or "").strip()
    if found := _PUBLIC_URL.fullmatch(text):
        return of_code(_PUBLIC_KINDS[found[1].lower()], found[2])
    if found := _LICENSE_URL.fullmatch(text):
        return of_code(found[1], found[2], found[3])
    return None


def of_name(name: str | None) -> License | None:
    """The licence of Creative Commons, or the public domain, that `name` says beyond doubt.

    As people and services spell it: `cc by-sa 4.0`, `CC0`, `Public Domain`,
    `Creative Commons Attribution 4.0 International`. None for what lacks a version that it needs,
    and for any other name.
    """
    text = (name or "").strip()
    if len(text) > _LONGEST_NAME:
        return None
    text = re.sub(r"[\s_-]+", "-", text.lower())
    for word, code in _WORDS:
        text = word.sub(code, text)
    if text in _PUBLIC_NAMES:
        return License("pd", PUBLIC_DOMAIN, None)
    if _ZERO_NAME.fullmatch(text):
        return of_code("cc0", "1.0")
    if _MARK_NAME.fullmatch(text):
        return of_code("pdm", "1.0")
    found = _NAME.fullmatch(text)
    if found is None or (found[3] and found[2] == "4.0"):  # which is not adapted to places
        return None
    return of_code(*found.groups())


def of_code(code: str | None, version: str | None, place: str | None = None) -> License | None:
    """`by-sa`, `4.0` -> CC-BY-SA-4.0; None for a code or version that is not known.

    `place` is the jurisdiction that versions up to 3.0 may be adapted to, as in `by/3.0/de`.
    """
    kind = (code or "").strip().lower()
    if kind == "cc0" and version == "1.0":
        return License("cc0", "CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/")
    if kind == "pdm" and version == "1.0":
        return License("pdm", "CC-PDM-1.0", "https://creativecommons.org/publicdomain/mark/1.0/")
    known = next((one for one in _BY_KINDS if one == kind), None)
    if known is None or version not in _VERSIONS:
        return None
    name, path = f"CC-{known.upper()}-{version}", f"{known}/{version}/"
    if place:
        name, path = f"{name}-{place.upper()}", f"{path}{place.lower()}/"
    return License(known, name, f"https://creativecommons.org/licenses/{path}")
