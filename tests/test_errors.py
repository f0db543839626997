from __future__ import annotations

import pickle

from vsfa_data.errors import MissingExtraError, SetupError, UserError


def test_a_missing_extra_names_the_command_that_installs_it() -> None:
    error = MissingExtraError("the encoder 'embedded'", "embedded", "timm")
    assert str(error) == (
        "the encoder 'embedded' needs the extra 'embedded' (the package 'timm' is not installed). "
        "Run: pip install 'vsfa-data[embedded]'"
    )
    assert isinstance(error, UserError)


def test_it_survives_the_way_from_a_worker() -> None:
    error = MissingExtraError("the encoder 'embedded'", "embedded", "timm")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - made in this line
    assert type(again) is SetupError
    assert str(again) == str(error)
