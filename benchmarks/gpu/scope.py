"""How much of a benchmark is run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """`small`: toy sizes; `brief`: fewer rounds at full size.

    `only`: words of the parts that are wanted, such as "SigLIP bf16"; several such, by semicolons.
    """

    small: bool = False
    brief: bool = False
    only: str = ""

    def takes(self, part: str) -> bool:
        """Whether `part` is wanted: no words were given, or it holds all of one group of them."""
        return any(all(word in part for word in one.split()) for one in self.only.split(";"))
