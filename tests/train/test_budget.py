from __future__ import annotations

from itertools import accumulate

from hypothesis import given, settings
from hypothesis import strategies as st

from vsfa_data.train.budget import MOST_LEFT_OUT, TOLERANCE, Turns, apart, equal, totals


def conversation(answers: list[int], questions: list[int], picture: int = 0) -> Turns:
    tokens = accumulate(map(sum, zip(answers, questions, strict=True)), initial=picture)
    return list(zip(list(tokens)[1:], accumulate(answers), strict=True))


def arm(words: int, picture: int = 64, number: int = 24) -> list[Turns]:
    """Conversations of six answers of 5 to 15 tokens, and `words` tokens more in every third."""
    return [
        conversation(
            [5 + (7 * at + 5 * turn) % 11 + words * (turn % 3 == 0) for turn in range(6)],
            [8 + (5 * at + 3 * turn) % 17 for turn in range(6)],
            picture,
        )
        for at in range(number)
    ]


def spread(arms: list[list[Turns]], kept: list[list[int]], seen: list[int]) -> tuple[float, float]:
    found = [totals(one, keep, seen) for one, keep in zip(arms, kept, strict=True)]
    tokens, answers = (apart(values) for values in zip(*found, strict=True))
    return tokens, answers


def whole(arms: list[list[Turns]]) -> list[list[int]]:
    return [[len(turns) for turns in one] for one in arms]


def test_the_arm_that_is_ahead_gives_up_turns_until_tokens_are_equal() -> None:
    arms, seen = [arm(0), arm(2)], [1 + at % 2 for at in range(24)]
    assert min(spread(arms, whole(arms), seen)) > TOLERANCE
    kept = equal(arms, seen)
    assert max(spread(arms, kept, seen)) <= TOLERANCE
    less, more = (sum(map(len, one)) - sum(keep) for one, keep in zip(arms, kept, strict=True))
    assert less < more < MOST_LEFT_OUT * 144
    assert equal(arms, seen) == kept


def test_arms_that_are_equal_keep_everything() -> None:
    arms = [arm(0), arm(0)]
    assert equal(arms, [1] * 24) == whole(arms)


def test_the_answers_of_three_arms_come_to_the_smallest() -> None:
    arms, seen = [arm(1), arm(0), arm(2)], [1] * 24
    assert spread(arms, equal(arms, seen), seen)[1] <= TOLERANCE


def test_larger_pictures_leave_answers_equal_and_cost_no_more_turns() -> None:
    arms, seen = [arm(0, picture=0), arm(2, picture=300)], [1] * 24
    kept = equal(arms, seen)
    tokens, answers = spread(arms, kept, seen)
    assert answers <= TOLERANCE < tokens
    assert sum(kept[0]) == 144
    assert sum(kept[1]) > (1 - MOST_LEFT_OUT) * 144


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(*[st.lists(st.integers(1, 9), min_size=1, max_size=4)] * 2, st.integers(0, 3)),
        min_size=1,
        max_size=6,
    ).filter(lambda pairs: any(times for _, _, times in pairs))
)
def test_first_turns_are_kept_and_nothing_gets_worse(
    pairs: list[tuple[list[int], list[int], int]],
) -> None:
    arms = [[conversation(pair[at], [3] * len(pair[at])) for pair in pairs] for at in (0, 1)]
    seen = [times for _, _, times in pairs]
    kept = equal(arms, seen)
    for one, keep in zip(arms, kept, strict=True):
        assert all(1 <= count <= len(turns) for count, turns in zip(keep, one, strict=True))
    assert spread(arms, kept, seen)[1] <= max(spread(arms, whole(arms), seen))
