"""Two tiny packages that are laid out like npm's `@iconify/json` and `emojibase-data`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vsfa_data.filter.drawings.fit_icons import Icon

RING = '<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="2"/>'
SWORD = '<path fill="#c33" d="M1 1h3l11 11l-3 3L1 4z"/>'
LICENCES = {"twemoji": "CC-BY-4.0", "game-icons": "CC-BY-3.0", "mdi": "Apache-2.0", "wi": "GPL-3.0"}
SETS = {
    "twemoji": ["crossed-swords", "man-running", "ring", "keycap-1"],
    "game-icons": ["broad-sword-2"],
    "mdi": ["sword-outline", "sword", "folder-settings", "ring"],
    "wi": ["thunderstorm"],
    "openmoji": ["ring", "crossed-swords", "unheard-of"],
}


@pytest.fixture
def packages(tmp_path: Path) -> tuple[Path, Path]:
    """Where the icons and where the emoji's data are."""
    icons, emoji = tmp_path / "icons", tmp_path / "emoji"
    (icons / "json").mkdir(parents=True)
    (emoji / "en").mkdir(parents=True)
    told = {name: {"license": {"spdx": spdx}} for name, spdx in LICENCES.items()}
    (icons / "collections.json").write_text(json.dumps(told))
    for name, keys in SETS.items():
        bodies = {key: {"body": RING if "ring" in key else SWORD} for key in keys}
        file = {"icons": bodies, "width": 16, "height": 16}
        (icons / "json" / f"{name}.json").write_text(json.dumps(file))
    data = [{"label": "Crossed Swords", "tags": ["weapon"]}, {"label": "ring", "tags": []}]
    (emoji / "en" / "data.json").write_text(json.dumps(data))
    return icons, emoji


@pytest.fixture
def some_icons() -> list[Icon]:
    """Two that are learned, one to validate with."""
    box = (0.0, 0.0, 16.0, 16.0)
    return [
        Icon("twemoji", "emoji", "crossed-swords", "crossed swords", box, SWORD, ("weapon",)),
        Icon("mdi", "ui", "ring", "ring", box, RING, ()),
        Icon("openmoji", "val", "ring", "ring", box, RING, ()),
    ]


@pytest.fixture
def few_concepts(tmp_path: Path) -> Path:
    """A concept set of three threats, two of one topic, and one that is neutral."""
    file = tmp_path / "few.yaml"
    file.write_text(
        "version: 1.0.0\n"
        "threat:\n"
        "- {name: swords, category: blades, descriptions: [a sword]}\n"
        "- {name: knives, category: blades, descriptions: [a knife]}\n"
        "- {name: explosives, descriptions: [a bomb]}\n"
        "neutral: [{name: jewellery, descriptions: [a ring]}]\n"
    )
    return file
