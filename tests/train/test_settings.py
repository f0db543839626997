from __future__ import annotations

import pytest

from vsfa_data.errors import UserError
from vsfa_data.train.settings import Settings, describe


def test_every_setting_says_what_it_means() -> None:
    for name, _, say in describe():
        assert say.meaning.endswith("."), name
        assert say.low < say.high, name


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"batch_size": 0}, "--batch-size 0: must be from 1 to 4096. Conversations that"),
        ({"limit": 0}, "--limit 0: must be from 1. "),
        ({"learning_rate": float("nan")}, "--learning-rate nan: must be from 0 to 1"),
        ({"dtype": "float16"}, "--dtype float16: choose one of auto, float32, bfloat16"),
    ],
)
def test_a_value_out_of_range_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(UserError) as caught:
        Settings(dataset="d", model="m", **given)  # type: ignore[arg-type]
    assert str(caught.value).startswith(message)
