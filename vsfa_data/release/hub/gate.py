"""Who may read a repository: the gate that a push sets."""

from __future__ import annotations

from typing import Final

from vsfa_data.release.hub.plan import Gate, Wishes
from vsfa_data.release.manifest import Manifest

_STRICTER: Final[tuple[Gate, ...]] = ("no", "auto", "manual")


def gate_to_set(made: Manifest, wishes: Wishes, now: str) -> Gate | None:
    """The gate to set; None if it is right. Without being asked to, it is never loosened.

    Whoever makes a pull request leaves the settings to those who will merge it.
    """
    if wishes.pull_request and wishes.gate is None:
        return None
    release = made.recipe.get("release")
    of_recipe = release.get("gated", "no") if isinstance(release, dict) else "no"
    # What is not known is taken for the strictest.
    strictest = max(_rank(of_recipe), _rank(now))
    wanted = wishes.gate or _STRICTER[strictest]
    return wanted if wanted != now else None


def _rank(gate: object) -> int:
    return next((rank for rank, known in enumerate(_STRICTER) if gate == known), 2)
