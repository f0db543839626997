"""What tower encoders have in common."""

from __future__ import annotations

import importlib.util

import pytest

from vsfa_data.errors import MissingExtraError
from vsfa_data.filter.encoders.open_clip import OpenClipEncoder, OpenClipOptions
from vsfa_data.filter.encoders.transformers import TransformersEncoder, TransformersOptions


@pytest.mark.parametrize(
    ("made", "missing", "said"),
    [
        (
            OpenClipEncoder(OpenClipOptions()),
            "open_clip",
            r"needs the extra 'open-clip' \(the package 'open_clip_torch' is not installed\). Run:",
        ),
        (
            TransformersEncoder(TransformersOptions(model="x")),
            "torch",
            r"needs the extra 'transformers' \(the package 'torch'",
        ),
    ],
)
def test_a_missing_package_names_the_extra(
    made: OpenClipEncoder, missing: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == missing else real(name)
    )
    with pytest.raises(MissingExtraError, match=said):
        made.require()
    with pytest.raises(MissingExtraError, match=said):
        _ = made.identity
