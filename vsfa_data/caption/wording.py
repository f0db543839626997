"""Captions as English sentences, from names and from what the pixels show; nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vsfa_data.embedded.article import with_article

if TYPE_CHECKING:
    from vsfa_data.caption.pixels.pixels import Pixels
    from vsfa_data.embedded.categories import Named


def listed(items: Sequence[str]) -> str:
    """Join words: "red", "red and black", "red, grey and black"."""
    *first, last = items
    return f"{', '.join(first)} and {last}" if first else last


def caption(named: Named, pixels: Pixels) -> str:
    """One or two sentences: what is shown, the plain background, the main colours."""
    ground = pixels.background if (pixels.background or "").startswith("plain ") else None
    where = f" on a {ground} background" if ground else ""
    if named.subject:
        shown = f"A picture of {with_article(named.subject)}{where}."
    elif named.category:
        shown = f"A picture of some kind of {named.category}{where}."
    else:
        return _unnamed(pixels, where)
    if ground and pixels.subject_colours:
        return f"{shown} {_main(pixels.subject_colours, 'Apart from the background, the')}"
    if not ground and pixels.colours:
        return f"{shown} {_main(pixels.colours, 'The')}"
    return shown


def _main(colours: Sequence[str], start: str) -> str:
    words = "main colours are" if len(colours) > 1 else "main colour is"
    return f"{start} {words} {listed(colours)}."


def _unnamed(pixels: Pixels, where: str) -> str:
    tones = pixels.subject_colours if where else pixels.colours
    first = with_article(f"{pixels.brightness} picture" if pixels.brightness else "picture")
    with_tones = f" with {listed(tones)} tones" if tones else ""
    return f"{first[:1].upper()}{first[1:]}{with_tones}{where}."
