from __future__ import annotations

import pytest
from pydantic import ValidationError

from vsfa_data.sections import Section


class Size(Section):
    """For these tests."""

    side_px: int = 3
    """In pixels."""


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        Size.model_validate({"side": 4})


def test_a_section_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Size().side_px = 4  # type: ignore[misc]


def test_the_text_below_a_key_is_its_description() -> None:
    assert Size.model_fields["side_px"].description == "In pixels."
