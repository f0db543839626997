"""Images that sources make themselves, in the worker that goes on to normalise them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from vsfa_data.collect import listing
from vsfa_data.collect.rejected import Rejected
from vsfa_data.collect.source import Source

if TYPE_CHECKING:
    import pyarrow as pa

    from vsfa_data.recipe import Recipe

Made: TypeAlias = bytes | Rejected
"""An encoded image, or why there is none."""


class Makers:
    """The sources of a recipe that make images; each is opened when it first has something to."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._open: dict[int, Source] = {}

    def made(self, candidates: pa.Table) -> dict[int, Made]:
        """What comes of each candidate that is to be made, by its position.

        A source gets all of its own at once, in their order. Raises what sources raise.
        """
        columns = candidates.select(["position", "maker", "made_from"]).to_pylist()
        wanted: dict[int, list[tuple[int, str]]] = {}
        for row in columns:
            if row["made_from"] is not None:
                wanted.setdefault(row["maker"], []).append((row["position"], row["made_from"]))
        made: dict[int, Made] = {}
        for maker, listed in wanted.items():
            found = self._opened(maker).make([text for _, text in listed])
            made |= zip((position for position, _ in listed), found, strict=True)
        return made

    def _opened(self, number: int) -> Source:
        if number not in self._open:
            _, source = list(listing.sources(self._recipe))[number]
            source.open()
            self._open[number] = source
        return self._open[number]


def taken(made: Made) -> bytes:
    """The image. Raises Rejected if there is none."""
    if isinstance(made, Rejected):
        raise made
    return made
