"""Chooses icons to learn from: open licences, what a drawing shows, one variant of a name in a set.

Reads npm's `@iconify/json` and `emojibase-data`, unpacked; `icon_choice.yaml` says which sets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from vsfa_data import embedded
from vsfa_data.plain_yaml import plain_yaml

RULES: Final = Path(__file__).with_name("icon_choice.yaml")
VALIDATION: Final = "val"
"""Kind of the icons that are never trained on."""


class Icon(NamedTuple):
    """One icon, as SVG, and what it is called."""

    set: str
    kind: str
    """emoji, colour, theme, ui, or VALIDATION."""
    key: str
    """Name within its set."""
    name: str
    """What it shows, in words."""
    box: tuple[float, float, float, float]
    """Left, top, width, height of the drawing."""
    body: str
    """SVG elements."""
    tags: tuple[str, ...]
    """Further words for an emoji."""


def choose(icons: Path, emoji: Path) -> list[Icon]:
    """Icons of the folders of the two packages: those to train on, then those to validate with."""
    rules: dict[str, Any] = plain_yaml(RULES.read_text(encoding="utf-8"))
    sets = json.loads((icons / "collections.json").read_text(encoding="utf-8"))
    tags = {
        slug(one["label"]): tuple(one.get("tags", ()))
        for one in json.loads((emoji / "en" / "data.json").read_text(encoding="utf-8"))
    }
    games = read(icons, "game-icons")["icons"]
    chooser = Chooser(rules, tags, [*games])
    chosen, seen = list[Icon](), set[str]()
    for kind, names in rules["kinds"].items():
        for name in names.split():
            licence = sets.get(name, {}).get("license", {}).get("spdx")
            if licence in rules["licences"] and name not in seen:
                seen.add(name)
                chosen += chooser.of_set(name, kind, read(icons, name))
    name = rules["validation"]
    return chosen + list(chooser.to_validate(name, read(icons, name)))


def read(icons: Path, name: str) -> dict[str, Any]:
    """A set's file."""
    found: dict[str, Any] = json.loads((icons / "json" / f"{name}.json").read_text("utf-8"))
    return found


def slug(text: str) -> str:
    """Lower-case words joined by hyphens."""
    plain = text.lower().replace("\u2019", "").replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


class Chooser:
    """What is known while sets are gone through in their order.

    `tags` are those of emoji by their slugs, `games` the names of game-icons.
    """

    def __init__(
        self, rules: Mapping[str, Any], tags: Mapping[str, tuple[str, ...]], games: list[str]
    ) -> None:
        self.rules, self.tags = rules, tags
        self.joined = {key.replace("-", ""): key for key in tags}
        texts = (name for names in embedded.class_synonyms() for name in names)
        words = {word for text in texts for word in re.findall(r"[a-z]+", text.lower())}
        words |= {word for name in (*tags, *games) for word in name.split("-")}
        self.known = {word for word in words if len(word) > 2} - set(rules["stop"].split())
        self.common = set[str]()
        """Names that earlier sets have."""

    def of_set(self, name: str, kind: str, data: Mapping[str, Any]) -> Iterator[Icon]:
        """The chosen icons of one set; of those with the same name filled ones first."""
        by_name: dict[str, list[str]] = {}
        for key, icon in data["icons"].items():
            if icon.get("hidden") or re.search(self.rules["skipped"], key):
                continue
            if (shown := self.shown(name, kind, key)) is not None:
                by_name.setdefault(shown, []).append(key)
        for shown, keys in by_name.items():
            if kind != "emoji":
                keys.sort(key=_filled_then_short, reverse=True)
            for key in keys[: 3 if kind == "theme" else 1]:
                told = self._emoji(name, key, shown) if kind == "emoji" else shown
                self.common.add(told)
                tags = self.tags.get(told, ()) if kind == "emoji" else ()
                yield icon_of(name, kind, key, told, data, tags)

    def _emoji(self, of: str, key: str, shown: str) -> str:
        if of == "fxemoji":
            return self.joined.get(key.replace("-", ""), key)
        return re.sub(r"-\d+$", "", shown) if "streamline" in of else shown

    def shown(self, name: str, kind: str, key: str) -> str | None:
        """What the icon `key` shows, or None where its name does not tell."""
        if kind == "emoji":
            return None if re.match(self.rules["people"], key) else key
        shown = self.without_variants(key)
        words = shown.split("-")
        known = set(words) & self.known
        free = name in self.rules["free"].split()
        if not free and (len(words) > 3 or not known or re.search(r"\d", shown)):
            return None
        return None if kind == "ui" and not self._is_thing(name, shown, words, known) else shown

    def _is_thing(self, name: str, shown: str, words: list[str], known: set[str]) -> bool:
        """Whether an interface icon's name is mostly of known words, and not one set's alone."""
        alone = name not in self.rules["first"].split() and shown not in self.common
        return 2 * len(known) >= len(words) and len(shown) >= 3 and not (alone and len(words) > 1)

    def without_variants(self, key: str) -> str:
        """`house-outline-24` -> `house`."""
        shown = re.sub(self.rules["marks"], "", key)
        while (found := re.search(self.rules["variants"], shown)) and found.start() > 2:
            shown = shown[: found.start()]
        return shown

    def to_validate(self, name: str, data: Mapping[str, Any]) -> Iterator[Icon]:
        """Emoji of a set that is not trained on, where a name is that of an emoji."""
        out = f"{self.rules['skipped']}|{self.rules['people']}"
        for key, icon in sorted(data["icons"].items()):
            if not icon.get("hidden") and not re.search(out, key) and key in self.tags:
                yield icon_of(name, VALIDATION, key, key, data, self.tags[key])


def icon_of(
    name: str, kind: str, key: str, shown: str, data: Mapping[str, Any], tags: tuple[str, ...]
) -> Icon:
    """An icon of a set's file; what it does not say of its size, the file says for all."""
    icon = data["icons"][key]
    plain = {"left": 0, "top": 0, "width": 16, "height": 16}
    left, top, width, height = (icon.get(k, data.get(k, v)) for k, v in plain.items())
    words = shown.replace("-", " ").strip()
    return Icon(name, kind, key, words, (left, top, width, height), icon["body"], tags)


def _filled_then_short(key: str) -> tuple[bool, int]:
    return any(word in key for word in ("fill", "solid", "bold")), -len(key)
