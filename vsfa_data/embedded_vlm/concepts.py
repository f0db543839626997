"""What the projector can speak of: the classifier's classes and the kinds of thing they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from vsfa_data import embedded
from vsfa_data.embedded.categories import Vocabulary, vocabulary


@dataclass(frozen=True)
class Concepts:
    """Names of the classes, nouns of the kinds; and which classes are of which kind."""

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    things: frozenset[int]
    """Kinds whose noun names a thing by itself ("dog")."""
    members: tuple[frozenset[int], ...]
    """Classes of each kind."""
    depths: tuple[int, ...]
    """How many wider kinds each kind lies in."""

    @cached_property
    def kinds_of(self) -> tuple[tuple[int, ...], ...]:
        """Kinds of each class, the most specific first."""
        return tuple(
            tuple(
                sorted(
                    (kind for kind, classes in enumerate(self.members) if at in classes),
                    key=lambda kind: -self.depths[kind],
                )
            )
            for at in range(len(self.names))
        )


def concepts() -> Concepts:
    """Those of the embedded classifier, in its order."""
    known, synonyms = vocabulary(), embedded.class_synonyms()
    nouns = tuple(known.categories)
    return Concepts(
        names=tuple(_name(known, at, synonyms[at]) for at in range(embedded.CLASSES)),
        kinds=nouns,
        things=frozenset(at for at, noun in enumerate(nouns) if known.categories[noun].thing),
        members=tuple(known.categories[noun].classes for noun in nouns),
        depths=tuple(len(known.categories[noun].wider) for noun in nouns),
    )


def _name(known: Vocabulary, at: int, synonyms: tuple[str, ...]) -> str:
    """What the toolkit calls class `at`, as long as that is one of its names."""
    name = known.name(at)
    called = name.casefold()
    return name if any(one.casefold() in called for one in synonyms) else synonyms[0]
