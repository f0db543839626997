from __future__ import annotations

import pytest

from tests.collect.fetch.fetching import MAX_BYTES, settings
from vsfa_data.collect.fetch.client import Fetcher
from vsfa_data.collect.fetch.order import Fetched


def test_what_was_fetched_knows_its_type_by_its_bytes_and_prints_none_of_them() -> None:
    fetched = Fetched(b"GIF89a" + b"secret" * 100, "https://example.org/a.jpg")
    assert fetched.media_type == "image/gif"
    assert repr(fetched) == "Fetched(url='https://example.org/a.jpg')"


def test_an_order_starts_with_the_time_that_the_settings_give() -> None:
    limits = settings(total_timeout_s=9.0, reply_timeout_s=3.0, attempt_timeout_s=4.0)
    fetcher = Fetcher(limits, MAX_BYTES)
    order = fetcher.order()
    assert (order.left_s, order.reply_s, order.attempt_s) == (9.0, 3.0, 4.0)
    assert (order.attempts, order.last, order.headers) == (0, None, None)
    assert order.asks_leave
    assert order.limits.max_bytes == MAX_BYTES
    assert fetcher.order().hold is not order.hold


def test_an_order_has_no_room_for_a_misspelt_field() -> None:
    order = Fetcher(settings(), MAX_BYTES).order()
    with pytest.raises(AttributeError):
        order.is_lats = True  # type: ignore[attr-defined]
