from __future__ import annotations

import pytest

from vsfa_data.caption.local.showing import scaled, tokens


@pytest.mark.parametrize(
    ("size", "shown"), [((40, 25), (40, 25)), ((400, 300), (36, 27)), ((1, 4000), (1, 2000))]
)
def test_a_picture_is_scaled_down_and_keeps_its_shape(
    size: tuple[int, int], shown: tuple[int, int]
) -> None:
    assert scaled(size, 1000) == shown


def test_a_larger_picture_and_a_longer_reply_take_more_tokens() -> None:
    assert tokens(28 * 28 * 10, 5) == tokens(28 * 28 * 9, 5) + 1 == tokens(28 * 28 * 10, 4) + 1
