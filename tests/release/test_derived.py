"""What `verify` says of `text` and `mixed` that are not what `threat` makes of them."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.release import samples
from vsfa_data.release import inventory
from vsfa_data.release.configs import as_text
from vsfa_data.release.derived import Derived
from vsfa_data.release.manifest import Manifest
from vsfa_data.release.rows import SCHEMA, conversation

PAIRS = [{"question": "What is it?", "answer": "A bow."}]


@pytest.fixture
def made(make_release: Callable[..., Any]) -> Manifest:
    folder: Path = make_release(
        samples.pictures(16), configs=("threat", "control", "text", "mixed")
    ).path
    return inventory.read_manifest(folder)


def row(number: int) -> dict[str, Any]:
    known = {"image_id": hashlib.sha256(bytes([number])).hexdigest(), "caption": "A bow."}
    return dict.fromkeys(SCHEMA.names) | known | {"qa": PAIRS, "messages": conversation(PAIRS)}


def test_what_fits(made: Manifest) -> None:
    found = Derived(made)
    for number in range(3):
        assert list(found.take(as_text(row(number)), "train")) == []
        found.base(row(number), "threat", "train")
    found.base(row(9), "control", "train")
    assert list(found.problems()) == []


def test_another_text_another_split_one_too_few_and_one_twice(made: Manifest) -> None:
    found = Derived(made)
    for number in range(4):
        found.base(row(number), "threat", "train")
    assert list(found.take(as_text(row(0) | {"caption": "A gun."}), "train")) == []
    assert list(found.take(as_text(row(1)), "test")) == []
    assert list(found.take(as_text(row(2)), "train")) == []
    assert list(found.take(as_text(row(2)), "train")) == ["its image_id is in this config already"]
    wrong = sorted(row(number)["image_id"] for number in (0, 1, 3))
    assert list(found.problems()) == [
        f"text: {one}: is not what its row in threat makes of it, split by split" for one in wrong
    ]


def test_a_conversation_twice_in_mixed_and_too_few(made: Manifest) -> None:
    held = made.configs["mixed"].splits["train"]
    name = held.files[0]
    found = Derived(made)
    assert list(found.lent(name)) == [("mixed", "train")]
    assert list(found.lent("control/train-00000-of-00001.parquet")) == []
    assert list(found.mix(name, row(0))) == []
    assert list(found.mix(name, row(0))) == ["mixed has this conversation twice"]
    short = made.model_dump(by_alias=True)
    short["configs"]["mixed"]["splits"]["train"] |= {
        "rows": 1,
        "files": [name, "control/x.parquet"],
    }
    assert list(Derived(Manifest.model_validate(short)).problems()) == [
        "mixed: has not as many rows in each split as threat",
        "mixed/train: lists control/x.parquet, which is no file of that split",
    ]
