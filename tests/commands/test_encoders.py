"""Options of commands that run an encoder."""

from __future__ import annotations

import pytest

from vsfa_data.commands.encoders import chosen_filter
from vsfa_data.errors import UserError


def test_only_who_may_lack_a_calibration_does() -> None:
    assert not chosen_filter("embedded", "default", None, None, may_lack=True).uncalibrated
    sets = ["pretrained=openai", "precision=bf16"]
    clip = chosen_filter("open_clip", "default", sets, None, may_lack=True)
    assert clip.uncalibrated
    assert clip.model_dump()["precision"] == "bf16"
    assert not chosen_filter("open_clip", "default", sets, None, may_lack=False).uncalibrated
    given = chosen_filter("open_clip", "default", sets, "mine.json", may_lack=True)
    assert (given.uncalibrated, given.calibration) == (False, "mine.json")


def test_values_are_checked() -> None:
    with pytest.raises(UserError, match=r"^--encoder and --set: precision: given 'fp8'; input"):
        chosen_filter("open_clip", "default", ["precision=fp8"], None, may_lack=True)
