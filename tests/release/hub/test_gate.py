from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from vsfa_data.release.hub.gate import gate_to_set
from vsfa_data.release.hub.plan import Gate, Wishes
from vsfa_data.release.inventory import read_manifest


@pytest.mark.parametrize(
    ("recipe", "now", "asked", "wanted"),
    [
        ("no", "no", None, None),
        ("no", "auto", None, None),
        ("auto", "no", None, "auto"),
        ("manual", "auto", None, "manual"),
        ("auto", "manual", None, None),
        ("manual", "manual", "auto", "auto"),
        ("manual", "manual", "no", "no"),
        ("manual", "no", "manual", "manual"),
        ("whatever", "auto", None, "manual"),
        (None, "auto", None, "manual"),
    ],
)
def test_a_gate_is_loosened_only_when_asked_to(
    pristine: Path, recipe: Any, now: str, asked: Gate | None, wanted: Gate | None
) -> None:
    made = read_manifest(pristine).model_copy(update={"recipe": {"release": {"gated": recipe}}})
    assert gate_to_set(made, Wishes(gate=asked), now) == wanted


def test_a_pull_request_leaves_the_gate_to_those_who_merge_it(pristine: Path) -> None:
    made = read_manifest(pristine).model_copy(update={"recipe": {"release": {"gated": "manual"}}})
    assert gate_to_set(made, Wishes(pull_request=True), "no") is None
    assert gate_to_set(made, Wishes(pull_request=True, gate="auto"), "no") == "auto"
