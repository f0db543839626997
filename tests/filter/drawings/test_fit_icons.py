from __future__ import annotations

from pathlib import Path

from vsfa_data.filter.drawings.fit_icons import choose, slug


def test_open_licences_and_names_of_things_are_chosen(packages: tuple[Path, Path]) -> None:
    found = choose(*packages)
    assert [(one.set, one.key, one.name) for one in found] == [
        ("twemoji", "crossed-swords", "crossed swords"),  # neither a person nor a key
        ("twemoji", "ring", "ring"),
        ("game-icons", "broad-sword-2", "broad sword"),
        ("mdi", "sword", "sword"),  # one variant of a name; nothing of folders and settings
        ("mdi", "ring", "ring"),
        ("openmoji", "crossed-swords", "crossed swords"),
        ("openmoji", "ring", "ring"),
    ]
    assert [one.kind for one in found] == ["emoji", "emoji", "theme", "ui", "ui", "val", "val"]
    assert found[0].tags == ("weapon",)
    assert found[0].box == (0, 0, 16, 16)


def test_a_slug_is_words_and_hyphens() -> None:
    assert slug("Cat\u2019s Face: Grinning!") == "cats-face-grinning"
