"""Prompts from wording: each concept's subjects, in every scene, in every style."""

from __future__ import annotations

import hashlib
import itertools
import json
import string
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import prod
from typing import Annotated, ClassVar, Final, Self

from pydantic import Field, field_validator

from vsfa_data.collect.wording import Phrase, Phrases, Wording, in_turn

SLOTS: Final = frozenset({"subject", "scene", "style"})
MAX_PROMPTS: Final = 100_000
"""Different prompts of one concept, at most."""


class Synthesis(Wording):
    """Subjects of each concept, and scenes and styles that all concepts share.

    That threat-related and neutral subjects appear in the same scenes and styles is what makes
    one a control for the other.
    """

    folder: ClassVar[str] = "synthesis"

    scenes: Phrases
    """Where a subject is."""
    styles: Phrases
    """How it is depicted."""
    prompt: Annotated[Phrase, Field(max_length=200)]
    """How they make a prompt: `{style} of {subject} {scene}`."""

    @field_validator("prompt")
    @classmethod
    def _names_all_slots(cls, text: str) -> str:
        parts = list(string.Formatter().parse(text))
        named = [name for _, name, _, _ in parts if name is not None]
        if sorted(named) != sorted(SLOTS) or any(spec or how for _, _, spec, how in parts):
            raise ValueError("it must hold {subject}, {scene} and {style}, once each and plainly")
        return text

    def model_post_init(self, _context: object, /) -> None:
        """Refuse a file with more prompts than anybody wants to hold in memory."""
        for name, subjects in (*self.threat.items(), *self.neutral.items()):
            if (count := prod(map(len, (subjects, self.scenes, self.styles)))) > MAX_PROMPTS:
                raise ValueError(f"{name} has {count:,} prompts, at most {MAX_PROMPTS:,} can be")

    def prompts(self, subjects: Sequence[str]) -> list[str]:
        """Every prompt for `subjects`, each once."""
        mixed = itertools.product(subjects, self.scenes, self.styles)
        told = (
            self.prompt.format(subject=subject, scene=scene, style=style)
            for subject, scene, style in mixed
        )
        return list(dict.fromkeys(told))


@dataclass(frozen=True)
class Shot:
    """A picture to make: what it shows, and the seed of its noise, 0 to 2**63 - 1."""

    prompt: str
    seed: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """What `text` made."""
        return cls(**json.loads(text))

    def text(self) -> str:
        """The shot as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)


def shots(
    wording: Synthesis, concepts: Sequence[tuple[Sequence[str], int]], seed: int
) -> list[Shot]:
    """As many shots of each concept, given by its subjects, as wanted; concepts take turns.

    A concept's prompts come in an order drawn by `seed`; when all were used they are used again,
    with other noise. A shot does not depend on how many there are.
    """
    groups = []
    for subjects, wanted in concepts:
        prompts = sorted(wording.prompts(subjects), key=lambda prompt: _drawn(f"{seed}:{prompt}"))
        rounds = ((number, prompt) for number in itertools.count() for prompt in prompts)
        first = itertools.islice(rounds, wanted)
        groups.append(
            [Shot(prompt, _drawn(f"{seed}:{number}:{prompt}")) for number, prompt in first]
        )
    return list(dict.fromkeys(in_turn(groups)))


def _drawn(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) >> 1
