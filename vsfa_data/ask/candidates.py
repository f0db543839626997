"""What was asked of every image, in a few bytes a question: what choosing among it needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import numpy as np
import pyarrow as pa

from vsfa_data.ask.render import FACT_NAMES

COLUMNS: Final = (
    *("image_id", "unit", "after", "about", "group", "free", "opener", "weight", "question"),
    *("answer", "family", "template_id"),
)
"""Columns of ASKED that are read."""
SAME_WORDS: Final = 6
"""Words from which two pictures should not have the very same answer from a model."""
_UNIT: Final = np.dtype(
    [
        ("unit", "u2"),
        ("after", "i2"),
        ("family", "u2"),
        ("group", "u2"),
        ("about", "u8"),
        ("opener", "?"),
        ("weight", "f4"),
        ("pairs", "u1"),
        ("words", "u4"),
        ("text", "u8"),
    ]
)
_NAMES: Final = _UNIT.names or ()


@dataclass(frozen=True, eq=False)
class Candidate:
    """One unit: pairs that are kept together or not at all.

    `about` has a bit for each fact; `words` are those of questions and answers; `text` is a hash
    of a long answer that a model worded, 0 for any other; `after` is a unit, or -1.
    """

    unit: int
    after: int
    family: int
    group: int
    about: int
    opener: bool
    weight: float
    pairs: int
    words: int
    text: int
    nth: int
    """How many units of its family come before it in the image."""

    @property
    def kind(self) -> tuple[int, int]:
        """What the partner's candidate is called that asks the same."""
        return self.family, self.nth


@dataclass
class Candidates:
    """Those of all images, by image_id."""

    families: dict[str, int] = field(default_factory=dict)
    _groups: dict[str, int] = field(default_factory=dict)
    _places: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    _shards: list[Any] = field(default_factory=list)

    def add(self, asked: pa.Table) -> None:
        """The units of one shard of ASKED."""
        found: list[tuple[Any, ...]] = []
        for image_id, rows in by_image(asked.select(COLUMNS).to_pylist()):
            start = len(found)
            units: dict[int, list[dict[str, Any]]] = {}
            for row in rows:
                units.setdefault(row["unit"], []).append(row)
            found.extend(self._packed(unit, pairs) for unit, pairs in units.items())
            self._places[image_id] = (len(self._shards), start, len(found))
        self._shards.append(np.array(found, dtype=_UNIT))

    def _packed(self, unit: int, pairs: Sequence[dict[str, Any]]) -> tuple[Any, ...]:
        first = pairs[0]
        answer = " ".join(first["answer"].casefold().split())
        is_long = first["free"] and len(answer.split()) >= SAME_WORDS
        return (
            unit,
            -1 if first["after"] is None else first["after"],
            self.families.setdefault(first["family"], len(self.families)),
            self._groups.setdefault(first["group"], len(self._groups)),
            sum(1 << FACT_NAMES.index(name) for name in set(first["about"])),
            first["opener"],
            first["weight"],
            len(pairs),
            sum(words_of(pair) for pair in pairs),
            int.from_bytes(sha256(answer.encode()).digest()[:8], "big") if is_long else 0,
        )

    def __contains__(self, image_id: str) -> bool:
        return image_id in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def of(self, image_id: str) -> list[Candidate]:
        """What was asked of an image, most wanted first."""
        shard, start, end = self._places[image_id]
        seen: dict[int, int] = {}
        made = []
        for row in self._shards[shard][start:end].tolist():
            nth = seen[row[2]] = seen.get(row[2], -1) + 1
            made.append(Candidate(**dict(zip(_NAMES, row, strict=True)), nth=nth))
        return made


def words_of(pair: dict[str, Any]) -> int:
    """Words of question and answer: what stands for tokens, which depend on the tokenizer."""
    return len(pair["question"].split()) + len(pair["answer"].split())


def by_image(rows: Sequence[dict[str, Any]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Rows of each image, which stand together."""
    start = 0
    for at in range(1, len(rows) + 1):
        if at == len(rows) or rows[at]["image_id"] != rows[start]["image_id"]:
            yield rows[start]["image_id"], list(rows[start:at])
            start = at
