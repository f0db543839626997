from __future__ import annotations

from pathlib import Path

import pytest

from vsfa_data.train.release import open_source
from vsfa_data.train.rows import Rows, copy, partners
from vsfa_data.train.split import Split, align, paired


@pytest.fixture
def rows(pristine: Path, tmp_path: Path) -> Rows:
    copy(open_source(str(pristine), "threat").files("train"), tmp_path / "rows", range(4))
    return Rows(tmp_path / "rows")


def test_partners_stand_at_the_same_place() -> None:
    assert align([["a", "b", "x"], ["y", "b", "a", "z"]], None) == [[0, 1, 2], [2, 1, 0]]
    assert align([["a", "b", "x"], ["y", "b", "a", "z"]], 1) == [[0], [2]]
    assert align([["a", "b"], ["c"]], None) == [[0], [0]]


def test_partners_of_a_release_are_those_it_has_matched(pristine: Path) -> None:
    sources = [open_source(str(pristine), config) for config in ("threat", "control")]
    names = [partners(one.files("train")) for one in sources]
    assert set(names[0]) & set(names[1])
    rows = align(names, None)
    threats, controls = (
        [of[row] for row in chosen] for of, chosen in zip(names, rows, strict=True)
    )
    shared = [one == other for one, other in zip(threats, controls, strict=True)]
    assert sum(shared) == len(set(threats) & set(controls))
    assert shared == sorted(shared, reverse=True)


def test_a_pair_goes_if_one_of_it_cannot_be_used(rows: Rows) -> None:
    one = Split(rows, [[(9, 1)], [], [(99, 1)], [(9, 2)]])
    other = Split(rows, [[(8, 1)], [(8, 1)], [(8, 1)], [(8, 3)]])
    found = paired([one, other], 50)
    assert [list(split.rows) for split in found] == [[rows[0], rows[3]]] * 2
    assert [split.answers for split in found] == [[1, 2], [1, 3]]
    counts = [(x.too_long, x.with_control_tokens, x.without_partner) for x in found]
    assert counts == [(1, 1, 0), (0, 0, 2)]


def test_a_shortened_conversation_ends_with_an_answer(rows: Rows) -> None:
    split = Split(rows, [[(5, 1), (9, 2)]] * 4).shortened([1, 2, 1, 2])
    assert [len(one.messages) for one in split.rows] == [2, 4, 2, 4]
    assert split.rows[0].messages == rows[0].messages[:2]
    assert (split.lengths, split.answers) == ([5, 9, 5, 9], [1, 2, 1, 2])
    assert [len(one.messages) for one in split.ordered([3, 0]).rows] == [4, 2]
