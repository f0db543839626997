from __future__ import annotations

from pathlib import Path

import pytest

from vsfa_data.files.canonical_json import canonical, digest, read_object


def test_equal_values_have_one_digest_whatever_the_order_of_their_keys() -> None:
    assert digest({"a": [1, 2], "b": None}) == digest({"b": None, "a": [1, 2]})
    assert digest({"a": [1, 2]}) != digest({"a": [2, 1]})
    # Stage keys and replies on people's disks are known by it: it must stay what it is.
    assert digest({"ü": 1.5}).startswith("a7ca6e20")


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b"1"])
def test_what_is_no_object_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.json").write_bytes(content)
    assert read_object(tmp_path / "x.json") is None


def test_what_is_written_canonically_is_read_back(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(canonical({"b": 1, "a": "ü"}))
    assert read_object(tmp_path / "x.json") == {"a": "ü", "b": 1}
    assert read_object(tmp_path / "absent.json") is None
