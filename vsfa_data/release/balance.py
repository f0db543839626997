"""How alike `threat` and `control` are in what has nothing to do with the experiment.

The selection wrote beside its shards what it matched on, before and after. What was known only
later, the captions, is compared here, over the rows that are published.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from vsfa_data import tables
from vsfa_data.release.manifest import Difference
from vsfa_data.stages import Shard

NAME: Final = "balance.json"
CAPTION: Final = "caption_length"


@dataclass
class Moments:
    """Count, sum and sum of squares of whole numbers: exact, in any order."""

    count: int = 0
    total: int = 0
    squares: int = 0

    def add(self, value: int) -> None:
        """Take in a number."""
        self.count, self.total, self.squares = (
            self.count + 1,
            self.total + value,
            self.squares + value**2,
        )

    @property
    def mean(self) -> float:
        """Their mean."""
        return self.total / self.count

    @property
    def variance(self) -> float:
        """Their variance."""
        return max(0.0, self.squares / self.count - self.mean**2)


def of_selection(shards: Sequence[Shard]) -> dict[str, Difference]:
    """What the selection noted; empty if nothing was matched."""
    if not shards:
        return {}
    file = shards[0].files[tables.SELECTION.name].with_name(NAME)
    if not file.is_file():
        return {}
    return {name: Difference(**found) for name, found in json.loads(file.read_bytes()).items()}


def of_captions(threat: Moments, control: Moments) -> dict[str, Difference]:
    """Standardised mean difference of the captions' lengths in characters, if both have rows."""
    if not threat.count or not control.count:
        return {}
    spread = math.sqrt((threat.variance + control.variance) / 2)
    apart = threat.mean - control.mean
    after = apart / spread if spread else math.copysign(1.0, apart) if apart else 0.0
    return {CAPTION: Difference(before=None, after=round(after, 6))}


def missed(found: dict[str, Difference], aim: float) -> list[str]:
    """Names of covariates that differ by `aim` or more after all, the worst first."""
    far: Iterable[tuple[float, str]] = ((-abs(one.after), name) for name, one in found.items())
    return [name for apart, name in sorted(far) if -apart >= aim]
