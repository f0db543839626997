"""Who is published, found out from ids alone before any image is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vsfa_data import tables
from vsfa_data.errors import CountError
from vsfa_data.recipe import Recipe
from vsfa_data.release import splits
from vsfa_data.release.rows import Member
from vsfa_data.release.splits import Selected
from vsfa_data.stages import Shard


@dataclass(frozen=True)
class Survey:
    """Members by image_id, rejects, and how many captioned images went in (per shard).

    A few hundred bytes per image; nothing else of a release is held for all images at once.
    """

    members: dict[str, Member]
    rejects: list[dict[str, str | None]]
    counted: tuple[int, ...]


def survey(
    recipe: Recipe, shards: Sequence[Shard], pinned: Mapping[str, str] | None = None
) -> Survey:
    """Decide for each captioned image whether, and in which config and split, it appears.

    `pinned`: image_id -> split, of the last version.
    Rejects: `not_released` (the recipe does not publish its config), `no_pairs`; and `no_partner`,
    for an image whose partner fell away after the selection, unless `filter.unmatched` is `keep`.
    Raises CountError for an image that was captioned but never selected.
    """
    selection: dict[str, Selected] = {}
    captioned: list[str] = []
    asked: set[str] = set()
    counted: list[int] = []
    for shard in shards:
        concepts = _concepts(shard) if recipe.release.splits.stratified else {}
        read = shard.read(tables.SELECTION)
        columns = ("image_id", "config", "cluster_id", "match_id", "position")
        rows = zip(*(read.column(name).to_pylist() for name in columns), strict=True)
        for image_id, config, cluster, match, position in rows:
            concept = concepts.get(image_id)
            selection[image_id] = Selected(config, cluster, match, concept, position)
        here = _ids(shard, tables.GROUNDED)
        counted.append(len(here))
        captioned.extend(here)
        asked.update(_ids(shard, tables.PAIRS))
    rejects, kept = [], []
    for image_id in captioned:
        if image_id not in selection:
            raise CountError(f"image {image_id}: it has a caption but was never selected")
        if selection[image_id].config not in recipe.release.configs:
            rejects.append(tables.reject("release", "not_released", image_id=image_id))
        elif image_id not in asked:
            rejects.append(tables.reject("release", "no_pairs", image_id=image_id))
        else:
            kept.append(image_id)
    alone = _alone(recipe, selection, kept)
    rejects += [tables.reject("release", "no_partner", image_id=one) for one in alone]
    kept = [image_id for image_id in kept if image_id not in alone]
    return Survey(_members(recipe, selection, kept, pinned), rejects, tuple(counted))


def _alone(
    recipe: Recipe, selection: Mapping[str, Selected], kept: Sequence[str]
) -> dict[str, None]:
    """Images, in order, whose partner is not published though its config is.

    Kept, they would make one config larger than the other, and what was matched no longer would be.
    """
    if recipe.filter.unmatched == "keep":
        return {}
    published, configs = set(kept), set[str](recipe.release.configs)
    alone = dict[str, None]()
    for image_id in kept:
        other = selection[image_id].match_id
        if other is None or other in published or other not in selection:
            continue
        if selection[other].config in configs:
            alone[image_id] = None
    return alone


def _members(
    recipe: Recipe,
    selection: dict[str, Selected],
    kept: list[str],
    pinned: Mapping[str, str] | None,
) -> dict[str, Member]:
    # Splits are drawn with rejected images still in: whether one is rejected moves no other.
    split = splits.assign(selection, recipe.release.splits, recipe.seed, pinned)
    divided = _divided(selection, split)
    published = set(kept)
    return {
        image_id: Member(
            position=one.position,
            config=one.config,
            split=split[image_id],
            cluster_id=f"{one.cluster_id}-{split[image_id]}"
            if one.cluster_id in divided
            else one.cluster_id,
            match_id=one.match_id
            if one.match_id in published and split[one.match_id] == split[image_id]
            else None,
        )
        for image_id, one in ((image_id, selection[image_id]) for image_id in kept)
    }


def _divided(selection: Mapping[str, Selected], split: Mapping[str, str]) -> set[str]:
    """Clusters whose images were published in several splits before they grew together."""
    places: dict[str, set[str]] = {}
    for image_id, one in selection.items():
        places.setdefault(one.cluster_id, set()).add(split[image_id])
    return {cluster for cluster, found in places.items() if len(found) > 1}


def _concepts(shard: Shard) -> dict[str, str]:
    table = shard.read(tables.SCORES, ["image_id", "concept"])
    return dict(zip(*(table.column(n).to_pylist() for n in ("image_id", "concept")), strict=True))


def _ids(shard: Shard, table: tables.Table) -> list[Any]:
    ids: list[Any] = shard.read(table, ["image_id"]).column("image_id").to_pylist()
    return ids
