from __future__ import annotations

from pathlib import Path
from typing import Any

from vsfa_data import tables
from vsfa_data.collect.underway import UnderWay, addresses, overtaken
from vsfa_data.stages import Shard


def shard(index: int, first: int, urls: list[str | None]) -> Shard:
    blank = dict.fromkeys(tables.CANDIDATES.names) | {"source": "test"}
    rows: list[dict[str, Any]] = [
        blank | {"position": first + row, "source_ref": str(row), "url": url}
        for row, url in enumerate(urls)
    ]
    rows[0]["title"] = "kept"
    return Shard(index, candidates=tables.CANDIDATES.build(rows))


def columns(found: Shard, *names: str) -> list[tuple[Any, ...]]:
    assert found.candidates is not None
    return [tuple(row[name] for name in names) for row in found.candidates.to_pylist()]


def test_only_candidates_with_addresses_are_fetched() -> None:
    assert addresses(shard(0, 4, ["a", None, "b"])) == {4: "a", 6: "b"}
    assert addresses(Shard(0)) == {}


def test_images_are_in_one_piece_and_reasons_in_the_last() -> None:
    under_way = UnderWay(shard(3, 10, ["a", "b", "c", "d"]), left=4)
    under_way.put(12, {"data": b"c"})
    under_way.put(11, {"reason": "timeout", "detail": "silent"})
    under_way.put(10, {"path": b"/a"})
    assert (under_way.left, under_way.last) == (1, 13)

    early = under_way.piece(Path("one"))
    assert (early.index, early.put_at, early.put_by) == (3, Path("one"), ())
    wanted = [(10, b"/a", None, "kept"), (12, None, b"c", None)]
    assert columns(early, "position", "path", "data", "title") == wanted
    under_way.put(13, {"data": b"d"})

    last = under_way.completed()
    assert (last.index, last.put_at, last.put_by) == (3, None, (Path("one"),))
    assert columns(last, "position", "path", "data", "reason", "detail") == [
        (10, None, None, None, None),
        (11, None, None, "timeout", "silent"),
        (12, None, None, None, None),
        (13, None, b"d", None, None),
    ]


def test_a_shard_is_overtaken_that_ends_before_and_has_enough() -> None:
    one, two = (UnderWay(shard(n, 2 * n, ["a", "b"]), left=2) for n in range(2))
    for under_way, position in ((one, 0), (two, 2), (two, 3)):
        under_way.put(position, {"data": b"x"})
    assert overtaken([one, two], 1, before=1) is None
    assert overtaken([one, two], 1, before=2) is one
    assert overtaken([one, two], 2, before=2) is None
    assert overtaken([one, two], 2, before=None) is two
