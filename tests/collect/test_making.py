from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import pyarrow as pa
import pytest

from tests.collect import whole
from vsfa_data import parts, tables
from vsfa_data.collect.making import Makers, taken
from vsfa_data.collect.rejected import Rejected
from vsfa_data.collect.sources.folder import FolderSource


class Echo(FolderSource):
    """Makes of each text the text itself, and notes what it was asked for."""

    calls: ClassVar[list[tuple[str, list[str]]]] = []

    def open(self) -> None:
        self.calls.append((self.options.path, []))

    def make(self, wanted: Sequence[str]) -> Iterator[bytes | Rejected]:
        self.calls.append((self.options.path, list(wanted)))
        for text in wanted:
            yield Rejected("flagged") if text == "bad" else text.encode()


@pytest.fixture
def makers(monkeypatch: pytest.MonkeyPatch) -> Makers:
    Echo.calls.clear()
    folders = ({"source": "folder", "path": f"of {number}"} for number in range(2))
    recipe = whole.recipe(*folders)
    monkeypatch.setattr(parts, "load", lambda *_: Echo)
    return Makers(recipe)


def candidates(*made: tuple[int | None, str | None]) -> pa.Table:
    rows: list[dict[str, Any]] = [
        dict.fromkeys(tables.CANDIDATES.names)
        | {"position": 10 + number, "source": "folder", "source_ref": str(number)}
        | {"maker": maker, "made_from": text}
        for number, (maker, text) in enumerate(made)
    ]
    return tables.CANDIDATES.build(rows)


def test_nothing_is_opened_for_images_that_are_there(makers: Makers) -> None:
    assert makers.made(candidates((None, None))) == {}
    assert Echo.calls == []


def test_each_source_makes_its_own_at_once_and_in_order(makers: Makers) -> None:
    shard = candidates((1, "a"), (None, None), (0, "b"), (1, "c"))
    assert makers.made(shard) == {10: b"a", 12: b"b", 13: b"c"}
    assert Echo.calls == [("of 1", []), ("of 1", ["a", "c"]), ("of 0", []), ("of 0", ["b"])]


def test_a_source_is_opened_once(makers: Makers) -> None:
    for _ in range(2):
        makers.made(candidates((0, "a")))
    assert [wanted for _, wanted in Echo.calls] == [[], ["a"], ["a"]]


def test_what_was_not_made_has_its_reason(makers: Makers) -> None:
    made = makers.made(candidates((0, "good"), (0, "bad")))
    assert taken(made[10]) == b"good"
    with pytest.raises(Rejected) as caught:
        taken(made[11])
    assert caught.value.reason == "flagged"
