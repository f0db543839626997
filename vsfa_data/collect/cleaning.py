"""Text of strangers, freed from what cannot be seen but does something.

Control characters steer a terminal, direction characters turn what stands around them around,
and tags and zero-width characters hide words. A title, a licence or an author needs none of them.
"""

from __future__ import annotations

import re
from typing import Final
from unicodedata import category
from urllib.parse import quote

NUMBER_SIGNS: Final = frozenset(
    map(chr, (*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD))
)
"""Signs before or around numbers (Unicode's Prepended_Concatenation_Mark), which are seen although
they count as format characters: an Arabic year or page is another one without."""
_SPACES: Final = frozenset({"Cc", "Zl", "Zp"})
_UNSEEN: Final = _SPACES | {"Cf"}
_SEQUENCE: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c\x9d]{0,999}(?:\x07|\x1b\\|\x9c)"
)
"""What a terminal would take as one order (ECMA-48): of that no part is text."""
_JOINERS: Final = "\u200c\u200d"
"""What scripts and emoji need between two letters of their own."""

_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters, marks and signs that show nothing."""
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Each chooses a form of the sign before it. A row of them shows nothing and may hold any text."""
_ODD: Final = re.compile(f"[{''.join(sorted(_BLANK))}]|{_SELECTORS.pattern}")


def text(given: str | None) -> str | None:
    """A title, author or licence: controls and line ends become spaces, what is unseen goes.

    None if nothing is left. Lone surrogates, which JSON may hold and UTF-8 may not, become `?`.
    """
    if given is None or (given.isprintable() and (given.isascii() or not _ODD.search(given))):
        return given
    whole = _SEQUENCE.sub(" ", _valid(given))
    kept = "".join(_seen(whole, at) for at in range(len(whole)))
    return kept if kept == given else " ".join(kept.split()) or None


def reference(given: str | None) -> str | None:
    """A name or a detail: what cannot be seen is spelled out, so that names stay different."""
    if given is None or given.isprintable():
        return given
    return "".join(
        letter.encode("unicode_escape").decode() if _is_unseen(letter) else letter
        for letter in _valid(given)
    )


def address(given: str | None) -> str | None:
    """An address that is shown: what cannot be seen is percent-encoded."""
    if given is None or given.isprintable():
        return given
    return "".join(quote(one) if category(one) in _UNSEEN else one for one in _valid(given))


def _valid(given: str) -> str:
    return given.encode("utf-8", "replace").decode("utf-8")


def _is_unseen(letter: str) -> bool:
    return category(letter) in _UNSEEN and letter not in NUMBER_SIGNS


def _seen(whole: str, at: int) -> str:
    letter = whole[at]
    if letter in _BLANK:
        return " "
    if _SELECTORS.match(letter):
        return letter if at and _takes_form(whole[at - 1]) else ""
    if not _is_unseen(letter):
        return letter
    if category(letter) in _SPACES:
        return " "
    around = whole[at - 1 : at] + whole[at + 1 : at + 2]
    joins = letter in _JOINERS and len(around) == 2 and not any(map(str.isascii, around))
    return letter if joins else ""


def _takes_form(before: str) -> bool:
    """Whether a selector may follow: not another one, nor what shows nothing itself."""
    shows = before.isprintable() and not before.isspace() and before not in _BLANK
    return shows and not _SELECTORS.match(before)
