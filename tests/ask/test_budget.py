"""Which candidates are kept: new things first, rare families first, partners alike."""

from __future__ import annotations

from typing import Any

from vsfa_data.ask.budget import Budget, Talk
from vsfa_data.ask.candidates import Candidate


def one(unit: int, **more: Any) -> Candidate:
    usual: dict[str, Any] = {
        "after": -1,
        "family": unit,
        "group": unit,
        "about": 1 << unit,
        "opener": False,
        "weight": 1.0,
        "pairs": 1,
        "words": 10,
        "text": 0,
        "nth": 0,
    }
    return Candidate(unit=unit, **usual | more)


def kept(talk: Talk) -> list[int]:
    return [chosen.unit for chosen in talk.chosen]


def test_new_facts_and_groups_come_first() -> None:
    talk = Talk([one(0), one(1, about=1), one(2, group=0), one(3)], most=3, follow_ups=0)
    Budget().fill([talk])
    assert kept(talk) == [0, 3, 2]


def test_the_rarest_family_comes_first() -> None:
    budget = Budget()
    budget.asked.update({0: 5, 1: 4, 2: 9})
    talk = Talk([one(0), one(1), one(2, weight=3.0)], most=2, follow_ups=0)
    budget.fill([talk])
    assert kept(talk) == [2, 1]
    assert budget.asked == {0: 5, 1: 5, 2: 10}


def test_one_opener_is_always_chosen() -> None:
    budget = Budget()
    budget.asked[2] = 100
    talk = Talk([one(0), one(1), one(2, opener=True), one(3, opener=True)], most=2, follow_ups=0)
    budget.fill([talk])
    assert kept(talk) == [3, 0]


def test_follow_ups_need_their_question_and_are_few() -> None:
    candidates = [one(0), one(1), one(2, after=0), one(3, after=0), one(4, after=1), one(5)]
    for follow_ups, expected in ((0, {0, 1, 5}), (1, {0, 1, 2, 5}), (2, {0, 1, 2, 4, 5})):
        talk = Talk(candidates, most=6, follow_ups=follow_ups)
        Budget().fill([talk])
        assert set(kept(talk)) == expected


def test_what_is_kept_together_fits_or_is_left_out() -> None:
    talk = Talk([one(0, pairs=2), one(1)], most=1, follow_ups=0)
    Budget().fill([talk])
    assert kept(talk) == [1]


def test_partners_are_asked_the_same_and_as_much() -> None:
    threat = Talk([one(unit) for unit in range(6)], most=4, follow_ups=0)
    control = Talk([one(unit) for unit in (0, 1, 2)], most=4, follow_ups=0, sign=-1)
    Budget().fill([threat, control])
    assert threat.pairs == control.pairs == 3
    assert set(kept(control)) == {0, 1, 2}
    assert len(set(kept(threat)) & {0, 1, 2}) >= 2


def test_a_pair_that_cannot_be_matched_is_shortened() -> None:
    threat = Talk([one(0), one(1, pairs=2)], most=4, follow_ups=0)
    control = Talk([one(0)], most=4, follow_ups=0, sign=-1)
    Budget().fill([threat, control])
    assert threat.pairs == control.pairs == 1


def test_words_of_the_configs_are_brought_together() -> None:
    budget = Budget()
    budget.ahead = 100
    threat = Talk([one(0, words=30), one(1, words=5)], most=1, follow_ups=0)
    control = Talk([one(0, words=30), one(1, words=25)], most=1, follow_ups=0, sign=-1)
    budget.fill([threat, control])
    assert kept(threat) == kept(control) == [1]
    assert budget.ahead == 80
