"""What the ImageNet classes are called and which categories they belong to.

Read from `imagenet_categories.yaml`. From a row of class probabilities it finds the most specific
name that is probable enough: a class, or else a category, whose classes may share the probability
among them (an assault rifle is half "rifle" to the classifier, but wholly a firearm).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

FILE: Final = Path(__file__).with_name("imagenet_categories.yaml")


@dataclass(frozen=True)
class Category:
    """A kind of thing; `classes` are its own and those of all narrower categories.

    `wider` are the categories that it is part of, nearest first. `thing` says whether its noun
    names a thing by itself ("dog") or only a kind ("furniture").
    """

    noun: str
    thing: bool
    own: frozenset[int]
    classes: frozenset[int]
    wider: tuple[str, ...]
    also: tuple[str, ...] = ()
    """Words that titles have for it or for something of it ("pistol" for a firearm)."""


class Named(NamedTuple):
    """What a picture shows: `subject` and what kind of thing that is; None is not known."""

    subject: str | None
    category: str | None


class Vocabulary:
    """Names and categories of all classes. Make one with `vocabulary()`."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._renamed: dict[int, str] = data["names"]
        self.labels: dict[int, str] = {}
        """Class -> its name among the classifier's labels, as the file has it."""
        for entry in data["categories"].values():
            self.labels.update((entry or {}).get("classes", {}))
        self.unreliable: dict[int, str] = data["unreliable"]
        """Classes that are never named and count for no category, with their labels."""
        self.everyday: dict[str, frozenset[int]] = {
            word: frozenset(classes) for word, classes in data["everyday"].items()
        }
        """Things that may be said to be absent -> the classes that would show them."""
        self.categories = {noun: _category(noun, data["categories"]) for noun in data["categories"]}
        """Noun -> category, in the file's order."""
        self._category_of = {at: one.noun for one in self.categories.values() for at in one.own}
        self._first_of = {self.name(at): at for at in sorted(self._category_of, reverse=True)}

    def name(self, at: int) -> str:
        """What class `at` is called here, without article ("great white shark")."""
        return self._renamed.get(at, self.labels[at])

    def category_of(self, at: int) -> str:
        """Noun of the one category that class `at` belongs to directly."""
        return self._category_of[at]

    def named(
        self, probabilities: Mapping[int, float], class_at_least: float, category_at_least: float
    ) -> Named:
        """The most specific name whose summed probability is high enough; both limits exceed 0.5.

        Classes with one name are added up, then those of each category. Where a category is
        found that is no `thing`, only `category` is known.
        """
        usable = {at: p for at, p in probabilities.items() if at not in self.unreliable}
        by_name: dict[str, list[int]] = {}
        for at in usable:
            by_name.setdefault(self.name(at), []).append(at)
        for name, group in by_name.items():
            if sum(usable[at] for at in group) >= class_at_least:
                return self.as_named(name)
        fitting = [
            one
            for one in self.categories.values()
            if sum(usable.get(at, 0.0) for at in sorted(one.classes)) >= category_at_least
        ]
        if not fitting:
            return Named(None, None)
        return self.as_kind(max(fitting, key=lambda one: len(one.wider)))

    def as_named(self, name: str) -> Named:
        """A class by its name, with the nearest category that says more than that name itself."""
        nearest = self.categories[self.category_of(self._first_of[name])]
        kinds = (noun for noun in (nearest.noun, *nearest.wider) if noun != name)
        return Named(name, next(kinds, None))

    @staticmethod
    def as_kind(category: Category) -> Named:
        """A category, as a subject if its noun names a thing."""
        if category.thing:
            return Named(category.noun, category.wider[0] if category.wider else None)
        return Named(None, category.noun)

    def absent(self, probabilities: Mapping[int, float], below: float, top: int) -> list[str]:
        """Everyday things with a summed probability under `below`, in the file's order.

        None of their classes shares a category with one of the `top` most probable classes.
        """
        ranked = sorted(probabilities, key=lambda at: (-probabilities[at], at))[:top]
        near = {self.category_of(at) for at in ranked}
        return [
            word
            for word, classes in self.everyday.items()
            if sum(probabilities[at] for at in sorted(classes)) < below
            and near.isdisjoint(self.category_of(at) for at in classes)
        ]


@cache
def data() -> Mapping[str, Any]:
    """The file as it is."""
    loaded: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return loaded


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary that ships with the toolkit, read once."""
    return Vocabulary(data())


def _category(noun: str, entries: Mapping[str, Any]) -> Category:
    entry = entries[noun] or {}
    return Category(
        noun=noun,
        thing=entry.get("thing", False),
        own=frozenset(entry.get("classes", {})),
        classes=frozenset(at for one in _narrower(noun, entries) for at in one.get("classes", {})),
        wider=tuple(_wider(noun, entries)),
        also=tuple(entry.get("also", ())),
    )


def _wider(noun: str, entries: Mapping[str, Any]) -> Iterator[str]:
    parent = (entries[noun] or {}).get("is_a")
    while parent:
        yield parent
        parent = (entries[parent] or {}).get("is_a")


def _narrower(noun: str, entries: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Entries of `noun` and of every category within it."""
    for other, entry in entries.items():
        if other == noun or noun in _wider(other, entries):
            yield entry or {}
