from __future__ import annotations

from pathlib import Path

import pytest

from tests.recipe.trying import refused


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a: [", "expected the node content, but found '<stream end>' (line 1, column 5)"),
        ("- a\n- b\n", "a recipe is a mapping of keys to values, not a list"),
        ("version: 2024-99-99", "a value that cannot be read: month must be in 1..12"),
        ("a: &a [x]\nb: [*a, *a]", "aliases (*name) are not used here"),
        ("description: " + 3000 * "[", "a value that cannot be read: "),
        ("", "a recipe is a mapping of keys to values, not empty"),
        ("seed: 1\nname: a\nseed: 2\n", "the key 'seed' stands here twice (line 3, column 1)"),
        ("seed: !!bool maybe", "a value that cannot be read: 'maybe' (line 1, column 7)"),
        ("seed: 0x" + 4000 * "f", "a value that cannot be read: a number of too many digits"),
        ("a: !!python/object/apply:os.system ['true']", "could not determine a constructor"),
    ],
)
def test_what_is_no_recipe_is_refused(tmp_path: Path, content: str, told: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(content)
    assert told in refused(str(file))


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    assert "cannot be read as a recipe" in refused(str(file))
