from __future__ import annotations

import pytest

from vsfa_data.commands import training_options as options
from vsfa_data.errors import UserError


@pytest.mark.parametrize(
    "ignored", [("config", "arms"), ("seed", "seeds"), ("epochs", "max_steps")]
)
def test_what_would_be_ignored_is_refused(ignored: tuple[str, str]) -> None:
    one, two = (f"--{name.replace('_', '-')}" for name in ignored)
    with pytest.raises(UserError, match=f"^{one} would be ignored beside {two}: .* Leave one of"):
        options.require_sense({*ignored, "model"})
    for name in ignored:
        options.require_sense({name, "model"})


def test_names_and_numbers_stand_between_commas() -> None:
    assert options.names("--arms", None) == []
    assert options.names("--arms", "threat, control,") == ["threat", "control"]
    assert options.numbers("--seeds", "0, 2,") == [0, 2]
    for given in (",", "0,x"):
        with pytest.raises(UserError, match=f"^--seeds {given}: give whole numbers with commas"):
            options.numbers("--seeds", given)
    with pytest.raises(UserError, match=r"^--arms ,: give names with commas"):
        options.names("--arms", ",")
