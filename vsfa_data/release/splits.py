"""Which split an image goes to: drawn by hash for its near-duplicate cluster, once for all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from vsfa_data.recipe import SplitSection

SPLITS: Final = ("train", "validation", "test")


@dataclass(frozen=True)
class Selected:
    """One row of the selection table, less its image_id."""

    config: str
    cluster_id: str
    match_id: str | None


def draw(seed: int, whom: str, purpose: str = "split") -> float:
    """A number in [0, 1) that depends on these alone, so that adding images moves none."""
    digest = hashlib.sha256(f"{seed}:{purpose}:{whom}".encode()).digest()
    # 53 bits are what a float holds: the division is exact and never rounds up to 1.
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53


def split_at(drawn: float, shares: SplitSection) -> str:
    """The split whose stretch of [0, 1) holds `drawn`; a share of 0 is never hit."""
    reached, last = 0.0, SPLITS[0]
    for split in SPLITS:
        share = float(getattr(shares, split))
        if share == 0.0:
            continue
        reached, last = reached + share, split
        if drawn < reached:
            return split
    return last


def assign(selection: Mapping[str, Selected], shares: SplitSection, seed: int) -> dict[str, str]:
    """Split of each selected image, by image_id.

    A cluster is never divided. A control takes the split of the threat image it is matched
    with, so that both configs have equally many rows in every split. Clusters that matches tie
    together form a group; the group's smallest threat cluster_id is what is drawn for.
    """
    parent: dict[str, str] = {}

    def root(cluster: str) -> str:
        while (above := parent.setdefault(cluster, cluster)) != cluster:
            parent[cluster] = parent[above]
            cluster = parent[cluster]
        return cluster

    for one in selection.values():
        partner = selection.get(one.match_id) if one.match_id else None
        if partner is not None:
            parent[root(one.cluster_id)] = root(partner.cluster_id)
    drawn_for = _representatives(
        (root(one.cluster_id), one.config != "threat", one.cluster_id) for one in selection.values()
    )
    return {
        image_id: split_at(draw(seed, drawn_for[root(one.cluster_id)]), shares)
        for image_id, one in selection.items()
    }


def _representatives(clusters: Iterable[tuple[str, bool, str]]) -> dict[str, str]:
    """Root -> the cluster that stands for its group: a threat cluster before any other."""
    best: dict[str, tuple[bool, str]] = {}
    for root, is_control, cluster in clusters:
        best[root] = min(best.get(root, (True, cluster)), (is_control, cluster))
    return {root: cluster for root, (_, cluster) in best.items()}
