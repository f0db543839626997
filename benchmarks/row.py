"""One line of the table that `python -m benchmarks` prints."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`here` is what this toolkit does, `limit` what it is held against, both in `unit`.

    `goal` says which ratio here / limit is wanted, for example "<= 3" or ">= 0.9".
    """

    what: str
    here: float
    limit: float
    unit: str
    goal: str

    @property
    def ratio(self) -> float:
        """`here` over `limit`."""
        return self.here / self.limit

    @property
    def met(self) -> bool:
        """Whether the ratio is where the goal wants it."""
        sign, bound = self.goal.split()
        return self.ratio <= float(bound) if sign == "<=" else self.ratio >= float(bound)
