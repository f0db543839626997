"""Which split an image goes to: drawn by hash for its near-duplicate cluster, once for all."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from vsfa_data.recipe import SplitSection
from vsfa_data.release.stratify import Group, stratified

SPLITS: Final = ("train", "validation", "test")


@dataclass(frozen=True)
class Selected:
    """One row of the selection table, less its image_id."""

    config: str
    cluster_id: str
    match_id: str | None
    concept: str | None = None
    position: int = 0


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


def assign(
    selection: Mapping[str, Selected],
    shares: SplitSection,
    seed: int,
    pinned: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Split of each selected image, by image_id.

    An image that is `pinned` (image_id -> split, of the last version) stays there. A cluster is
    not divided, unless the last version has parts of it in several splits. A control takes the
    split of the threat image it is matched with, so that both configs have equally many rows in
    every split; if both are pinned, each keeps its own. Clusters that matches tie together form a
    group; what is drawn for it is drawn for its smallest threat cluster_id.
    """
    groups = _groups(selection)
    pinned = {image: split for image, split in (pinned or {}).items() if image in selection}
    of_cluster = _smallest((selection[image].cluster_id, split) for image, split in pinned.items())
    of_group = _smallest((groups[cluster], split) for cluster, split in of_cluster.items())
    drawn_for = _representatives(
        (groups[one.cluster_id], one.config != "threat", one.cluster_id)
        for one in selection.values()
    )
    drawn = (
        _by_stratum(selection, groups, drawn_for, (shares, seed, of_group))
        if shares.stratified
        else {name: split_at(draw(seed, cluster), shares) for name, cluster in drawn_for.items()}
    )
    made = {}
    for image, one in selection.items():
        group = groups[one.cluster_id]
        known = pinned.get(image) or of_cluster.get(one.cluster_id) or of_group.get(group)
        made[image] = known or drawn[group]
    return made


def _by_stratum(
    selection: Mapping[str, Selected],
    groups: Mapping[str, str],
    drawn_for: Mapping[str, str],
    how: tuple[SplitSection, int, Mapping[str, str]],
) -> dict[str, str]:
    """Split of each group: equal shares of every concept."""
    shares, seed, pinned = how
    sizes = Counter(groups[one.cluster_id] for one in selection.values())
    strata: dict[str, str] = {}
    for one in selection.values():
        if drawn_for[groups[one.cluster_id]] == one.cluster_id:
            strata.setdefault(groups[one.cluster_id], one.concept or "")
    listed = [
        Group(strata[name], draw(seed, cluster), name, sizes[name])
        for name, cluster in drawn_for.items()
    ]
    return stratified(listed, {name: float(getattr(shares, name)) for name in SPLITS}, pinned)


def _groups(selection: Mapping[str, Selected]) -> dict[str, str]:
    """Cluster -> the group that matches tie it to, named after one of its clusters."""
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
    return {one.cluster_id: root(one.cluster_id) for one in selection.values()}


def _smallest(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Key -> the first of its splits, in the order of SPLITS."""
    best: dict[str, str] = {}
    for key, split in pairs:
        best[key] = min(best.get(key, split), split, key=SPLITS.index)
    return best


def _representatives(clusters: Iterable[tuple[str, bool, str]]) -> dict[str, str]:
    """Root -> the cluster that stands for its group: a threat cluster before any other."""
    best: dict[str, tuple[bool, str]] = {}
    for root, is_control, cluster in clusters:
        best[root] = min(best.get(root, (True, cluster)), (is_control, cluster))
    return {root: cluster for root, (_, cluster) in best.items()}
