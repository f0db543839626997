"""What became of each question family, and whole conversations, read from a workspace's tables."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

from vsfa_data import tables

NARROW: Final = 0.9
"""Share of a family's answers that are the same from which it is flagged..."""
ENOUGH: Final = 20
"""... if it has this many pairs."""


@dataclass
class Family:
    """Counts over one question family."""

    kept: int = 0
    words: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)

    @property
    def asked(self) -> int:
        """Pairs made, whatever became of them."""
        return self.kept + sum(self.rejected.values())

    @property
    def mean_words(self) -> float:
        """Mean length of the kept answers, in words."""
        return self.words / self.kept if self.kept else 0.0

    @property
    def entropy_bits(self) -> float:
        """Entropy of the kept answers, in bits: 0 if all are the same."""
        shares = (count / self.kept for count in self.answers.values())
        return sum(-share * math.log2(share) for share in shares) + 0.0

    @property
    def flag(self) -> str | None:
        """The answer that nearly all of its pairs have, if there is one."""
        if self.kept < ENOUGH:
            return None
        answer, count = self.answers.most_common(1)[0]
        return answer if count >= NARROW * self.kept else None

    def as_json(self) -> dict[str, Any]:
        """The same as plain JSON."""
        return {
            "asked": self.asked,
            "kept": self.kept,
            "rejected": dict(sorted(self.rejected.items())),
            "mean_words": round(self.mean_words, 2),
            "entropy_bits": round(self.entropy_bits, 3),
            "nearly_always": self.flag,
        }


def families(work: Path) -> dict[str, Family]:
    """Family -> what became of it, by name. Reads shard after shard."""
    found: dict[str, Family] = {}
    for shard in _shards(work / "balance", "part"):
        rows = pq.read_table(shard, columns=["family", "answer"]).to_pylist()
        for row in rows:
            family = found.setdefault(row["family"], Family())
            family.kept += 1
            family.words += len(row["answer"].split())
            family.answers[row["answer"].casefold()] += 1
    for stage in (tables.ASKED.writer, tables.PAIRS.writer):
        for shard in _shards(work / stage, "rejects"):
            for row in pq.read_table(shard, columns=["reason", "detail"]).to_pylist():
                # Every reject of this step begins with the template and the wording.
                name = (row["detail"] or "").partition("/")[0]
                found.setdefault(name, Family()).rejected[row["reason"]] += 1
    return dict(sorted(found.items()))


@dataclass(frozen=True)
class Talk:
    """One image's conversation."""

    image_id: str
    source_ref: str
    config: str
    pairs: tuple[tuple[str, str, str], ...]
    """Question, answer, family."""


def conversations(work: Path, count: int) -> Iterator[Talk]:
    """Up to `count` whole conversations, spread over all images."""
    shards = _shards(work / tables.PAIRS.writer, "part")
    ids = {i for shard in shards for i in _column(shard, "image_id")}
    wanted = set(_spread(sorted(ids), count))
    for shard in shards:
        rows = [row for row in pq.read_table(shard).to_pylist() if row["image_id"] in wanted]
        rows.sort(key=lambda row: (row["image_id"], row["turn"]))
        images, selected = (
            work / table.writer / shard.name for table in (tables.IMAGES, tables.SELECTION)
        )
        configs, positions = _by_image(selected, "config"), _by_image(selected, "position")
        named = dict(zip(_column(images, "position"), _column(images, "source_ref"), strict=True))
        for image_id, talk in itertools.groupby(rows, key=lambda row: str(row["image_id"])):
            pairs = tuple((row["question"], row["answer"], row["family"]) for row in talk)
            yield Talk(image_id, named[positions[image_id]], configs[image_id], pairs)


def _by_image(shard: Path, name: str) -> dict[str, Any]:
    return dict(zip(_column(shard, "image_id"), _column(shard, name), strict=True))


def _column(shard: Path, name: str) -> list[Any]:
    values: list[Any] = pq.read_table(shard, columns=[name]).column(name).to_pylist()
    return values


def _spread(ids: Sequence[str], count: int) -> list[str]:
    """`count` of `ids` at even distances."""
    count = min(count, len(ids))
    return [ids[at * len(ids) // count] for at in range(count)]


def _shards(folder: Path, kind: str) -> list[Path]:
    return sorted(folder.glob(f"{kind}-*.parquet"))
