from __future__ import annotations

from vsfa_data.caption.server.adaptive import SHRINK, Limit


def test_it_doubles_with_every_round_until_the_first_complaint() -> None:
    limit = Limit(most=100, start=4)
    for expected in (8, 16, 32, 64, 100, 100):
        for _ in range(limit.now):
            limit.succeeded()
        assert limit.now == expected


def test_after_a_complaint_it_shrinks_once_a_crowd_and_grows_by_one_a_round() -> None:
    limit = Limit(most=100, start=40)
    sent = limit.era
    for _ in range(40):
        limit.refused(sent)
    assert limit.now == 40 * SHRINK
    for _ in range(36):
        limit.succeeded()
    assert limit.now == 36
    limit.refused(limit.era)
    assert limit.now == int(36 * SHRINK)


def test_one_request_may_always_be_on_its_way() -> None:
    limit = Limit(most=8)
    for _ in range(50):
        limit.refused(limit.era)
    assert limit.now == 1


def test_it_never_exceeds_what_the_recipe_allows() -> None:
    assert Limit(most=2, start=4).now == 2
