"""Text that strangers wrote, HTML perhaps, as one plain line.

The result is text, not HTML: whoever puts it into a page escapes it there. What a browser would
not show (scripts, styles, comments, hidden elements) is no part of it.
"""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser
from typing import Final

from vsfa_data.collect import cleaning

MAX_CHARACTERS: Final = 300
MAX_MARKUP: Final = 5_000
"""Characters that are read: what to credit comes first, and the time that `html.parser` takes for
hostile markup grows with the square of its length."""

_UNSEEN: Final = frozenset({"script", "style", "template", "noscript", "head", "title", "svg"})
_VOID: Final = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img"),
        *("input", "link", "meta", "source", "track", "wbr"),
    }
)
"""Elements that have no end tag."""
_BLOCKS: Final = frozenset(
    {"br", "dd", "div", "dl", "dt", "h1", "h2", "h3", "hr", "li", "ol", "p", "table", "td", "th"}
    | {"tr", "ul"}
)
"""Elements that separate words."""
_HIDDEN: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_UNSHOWN: Final = frozenset({"Cf", "Cn", "Co", "Cs"})
"""Categories of direction-changing, unassigned, private and impossible characters."""

_KEPT: Final = cleaning.NUMBER_SIGNS | {"\u200c", "\u200d"}
"""Without joiners, names in Persian or Hindi are spelt wrongly."""


def of_html(markup: str | None) -> str | None:
    """What a reader sees of some HTML, as `of_text` gives it."""
    if markup is None:
        return None
    text = markup[:MAX_MARKUP]
    if "<" not in text and "&" not in text:
        return of_text(text)
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return of_text("".join(reader.seen))


def of_text(text: str | None) -> str | None:
    """`text` in one line of at most MAX_CHARACTERS, without characters that show nothing.

    None if nothing is left.
    """
    normal = unicodedata.normalize("NFC", (text or "")[:MAX_MARKUP])
    line = " ".join("".join(map(_shown, normal)).split())
    if len(line) > MAX_CHARACTERS:
        line = line[: MAX_CHARACTERS - 1].rstrip() + "…"
    return line or None


def _shown(letter: str) -> str:
    category = unicodedata.category(letter)
    if letter.isspace() or category == "Cc":
        return " "
    return "" if category in _UNSHOWN and letter not in _KEPT else letter


class _Reader(HTMLParser):
    """Collects what is shown; an element left open hides nothing beyond its parent's end."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self._open: list[tuple[str, bool]] = []  # elements not yet ended, and whether they hide

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go into an element."""
        if tag in _BLOCKS:
            self.seen.append(" ")
        if tag not in _VOID:
            named = {name: value or "" for name, value in attrs}
            hides = tag in _UNSEEN or "hidden" in named or _HIDDEN.search(named.get("style", ""))
            self._open.append((tag, bool(hides)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<br/>`: for HTML it is no more than a start tag."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Leave an element, and those in it that were left open."""
        if tag in _BLOCKS:
            self.seen.append(" ")
        if any(tag == name for name, _ in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Text, shown unless an element round it hides."""
        if not any(hides for _, hides in self._open):
            self.seen.append(data)
