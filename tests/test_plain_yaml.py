from __future__ import annotations

import pytest
import yaml

from vsfa_data.plain_yaml import MAX_DEPTH, MAX_INT_BITS, plain_yaml


def test_plain_values_are_read_as_yaml_reads_them() -> None:
    text = "a: {b: [1, 2.5, yes, null, x], b2: []}\n1: 2020-02-03\n"
    assert plain_yaml(text) == yaml.safe_load(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: &x 1\nb: *x", "aliases"),
        ("{a: 1, b: 2, a: 1}", "the key 'a' stands here twice"),
        ("a:\n  b: 1\n  ? b\n  : 2", "the key 'b' stands here twice"),
        ("1: a\n0x1: b", "the key 1 stands here twice"),
        ("!!bool maybe", "a value that cannot be read"),
        ("!!timestamp x", "a value that cannot be read"),
        ("!!int ''", "a value that cannot be read"),
        ("!!float x", "a value that cannot be read"),
        ("2024-99-99", "a value that cannot be read"),
        (5000 * "1", "a value that cannot be read"),
        ("0b1" + MAX_INT_BITS * "0", "a number of too many digits"),
        ("? [a]\n: b", "unhashable"),
        # Of this many, the scanner itself would take minutes.
        (500_000 * "[", f"more than {MAX_DEPTH} deep"),
        ("a: " + (MAX_DEPTH) * "[" + MAX_DEPTH * "]", f"more than {MAX_DEPTH} deep"),
        ("!!python/object/apply:os.system ['true']", "could not determine a constructor"),
    ],
)
def test_anything_else_is_yamls_own_error(text: str, told: str) -> None:
    with pytest.raises(yaml.YAMLError) as caught:
        plain_yaml(text)
    assert told in str(caught.value)


def test_lists_beside_each_other_are_not_deep() -> None:
    assert plain_yaml("- []\n" * 200) == [[]] * 200
    depth = MAX_DEPTH * "[" + MAX_DEPTH * "]"
    assert plain_yaml(depth) == yaml.safe_load(depth)
