import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from vsfa_data.release import manifest
from vsfa_data.release.manifest import File, Manifest
from vsfa_data.release.seals import seals


def minimal() -> dict[str, object]:
    held = {"rows": 2, "bytes": 9, "digest": "a" * 64, "files": []}
    return {
        "format_version": 1,
        "name": "sample",
        "version": "1.0.0",
        "fingerprint": "f" * 64,
        "seed": 0,
        "shipped_recipe": True,
        "recipe": {"a": [1, {"b": None}]},
        "configs": {
            "threat": {"splits": {"train": held}, "pairs": 4, "matched": 0, "concepts": {"é": 2}}
        },
        "balance": {},
        "unbalanced": [],
        "families": {"object": 4},
        "answer_sources": {"labels": 4},
        "licenses": {"unknown": 2},
        "sources": {"folder": 2},
        "source_datasets": ["original"],
        "funnel": {"release": {"unit": "images", "in": 2, "kept": 2, "rejected": {}}},
        "models": {},
        "packages": {},
        "files": {"README.md": {"sha256": "b" * 64, "bytes": 3}},
    }


def test_dump_and_read_back() -> None:
    made = Manifest.model_validate_json(json.dumps(minimal()))
    plain = json.loads(made.dump())
    assert plain.pop("seals") == seals(minimal())
    assert plain == minimal()
    assert Manifest.model_validate_json(made.dump()).dump() == made.dump()
    assert "é" in made.dump().decode()
    assert made.counts() == {"threat": {"train": 2}}


def test_files_of_a_split() -> None:
    plain: dict[str, Any] = minimal()
    file = {"sha256": "b" * 64, "bytes": 3}
    names = [f"threat/train-0000{n}-of-00002.parquet" for n in range(2)]
    plain["files"] |= dict.fromkeys(["threat/test-x", *names], file)
    borrowed = {"rows": 2, "bytes": 9, "digest": "a" * 64, "files": names[:1]}
    plain["configs"]["mixed"] = plain["configs"]["threat"] | {"splits": {"train": borrowed}}
    made = Manifest.model_validate_json(json.dumps(plain))
    assert made.files_of("threat", "train") == names
    assert made.files_of("mixed", "train") == names[:1]
    assert made.files_of("mixed", "test") == made.files_of("text", "train") == []
    assert list(made.splits()) == [("threat", "train"), ("mixed", "train")]


@pytest.mark.parametrize(
    "change",
    [
        {"format_version": 2},
        {"fingerprint": "F" * 64},
        {"configs": {}},
        {"files": {"x": {"sha256": "b" * 64, "bytes": -1}}},
        {"files": {"x": {"sha256": "b" * 64, "bytes": "3"}}},
        {"funnel": {"release": {"unit": "grams", "in": 2, "kept": 2, "rejected": {}}}},
    ],
)
def test_wrong_values_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Manifest.model_validate_json(json.dumps(minimal() | change))


def test_list_files_names_each_with_its_hash(tmp_path: Path) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    (tmp_path / "b" / "c" / "x").write_bytes(b"123")
    (tmp_path / "a").write_bytes(b"")
    assert manifest.list_files(tmp_path) == {
        "a": File(sha256=hashlib.sha256(b"").hexdigest(), bytes=0),
        "b/c/x": File(sha256=hashlib.sha256(b"123").hexdigest(), bytes=3),
    }


def test_package_versions_are_those_installed() -> None:
    import pyarrow as pa

    found = manifest.package_versions()
    assert found["pyarrow"] == pa.__version__
    assert found.keys() >= {"vsfa-data", "datasets", "numpy", "pillow", "pyarrow"}
    assert found.keys() <= set(manifest.PACKAGES)


@pytest.mark.parametrize("count", [-1, 2**63, int("9" * 4300)])
def test_a_count_that_no_release_can_have_is_refused(count: int) -> None:
    """Sums of longer ones could not even be printed by who verifies them."""
    text = json.dumps({"unit": "images", "in": 0, "kept": 0, "rejected": {"duplicate": count}})
    with pytest.raises(ValidationError, match=r"rejected\.duplicate"):
        manifest.FunnelStep.model_validate_json(text)
