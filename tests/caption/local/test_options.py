from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from vsfa_data.caption.local.options import TransformersOptions


@pytest.mark.parametrize(
    "given", [{"revision": "main"}, {"device": "tpu"}, {"dtype": "int8"}, {"batch_size": 0}]
)
def test_what_would_not_say_which_model_runs_how_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(given))):
        TransformersOptions(**given)
