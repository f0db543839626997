from __future__ import annotations

import pytest

from vsfa_data.train import budget, exhaustive

# The quickstart's conversations, as the embedded model counts them: tokens and answers by turn.
SEEN = [7, 7, 7, 6, 6, 7, 6, 7, 7]


CONTROL = [
    [(50, 10), (74, 17), (110, 30), (147, 47), (175, 55), (201, 63)],
    [(45, 9), (71, 17), (117, 29), (144, 32), (173, 44), (207, 56)],
    [(53, 11), (82, 21), (109, 30), (134, 36), (163, 42), (198, 47)],
    [(51, 12), (80, 22), (109, 33), (141, 44), (184, 71), (212, 79)],
    [(45, 5), (82, 17), (106, 23), (135, 34), (168, 51), (206, 69)],
    [(47, 6), (84, 11), (120, 26), (145, 34), (182, 46), (211, 57)],
    [(65, 28), (104, 43), (124, 46), (161, 62), (197, 77), (222, 80)],
    [(66, 30), (96, 36), (125, 47), (154, 56), (181, 64), (205, 72)],
    [(61, 14), (93, 25), (119, 32), (151, 40), (190, 55), (218, 65)],
]
THREAT = [
    [(50, 6), (74, 13), (110, 26), (143, 39), (171, 47), (197, 55)],
    [(57, 21), (87, 32), (112, 38), (158, 50), (187, 62), (221, 74)],
    [(60, 18), (89, 28), (116, 37), (141, 43), (169, 51), (204, 56)],
    [(51, 11), (72, 17), (101, 28), (133, 36), (167, 49), (199, 65)],
    [(44, 4), (81, 16), (105, 22), (134, 33), (157, 40), (184, 48)],
    [(54, 5), (79, 13), (111, 24), (148, 36), (180, 39), (209, 50)],
    [(62, 25), (101, 40), (121, 43), (157, 58), (187, 67), (212, 70)],
    [(52, 16), (82, 22), (112, 31), (136, 39), (165, 48), (198, 59)],
    [(61, 14), (87, 21), (119, 29), (142, 35), (164, 41), (200, 53)],
]


def test_of_a_dozen_conversations_the_few_choices_that_fit_are_found() -> None:
    kept = exhaustive.equal([CONTROL, THREAT], SEEN, 0.005, 0.1)
    assert kept is not None
    sums = [budget.totals(arm, one, SEEN) for arm, one in zip((CONTROL, THREAT), kept, strict=True)]
    for goal in (0, 1):
        assert budget.apart([one[goal] for one in sums]) <= 0.005
    for one in kept:
        assert 54 - sum(one) <= 5
        assert min(one) >= 1
    assert kept == exhaustive.equal([CONTROL, THREAT], SEEN, 0.005, 0.1)
    # Walking does not come there, so this is what is taken.
    assert budget.equal([CONTROL, THREAT], SEEN) == kept


def test_the_fewest_turns_go_and_none_of_what_is_not_seen() -> None:
    one, two = [[(10, 5), (20, 10), (30, 15)]] * 3, [[(10, 5), (20, 10)]] * 3
    assert exhaustive.equal([one, two], [1, 1, 0], 0.0, 0.4) == [[3, 1, 3], [2, 2, 2]]
    assert exhaustive.equal([one, one], [1, 1, 1], 0.0, 0.4) == [[3, 3, 3], [3, 3, 3]]


@pytest.mark.parametrize(
    "arms",
    [[CONTROL], [CONTROL, [[(500, 60)]] * 9], [CONTROL * 200, [[(500, 60)]] * 1800]],
    ids=["one arm", "too far apart", "many"],
)
def test_where_nothing_fits_nothing_is_chosen(arms: list[list[list[tuple[int, int]]]]) -> None:
    assert exhaustive.equal(arms, SEEN * (len(arms[0]) // 9), 0.005, 0.1) is None
