"""From what was counted while writing to a manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from vsfa_data import resources
from vsfa_data.recipe import Recipe, is_shipped
from vsfa_data.release import balance
from vsfa_data.release.fingerprint import fingerprint
from vsfa_data.release.manifest import (
    BALANCE_AIM,
    Config,
    Difference,
    FunnelStep,
    Manifest,
    Split,
    package_versions,
)
from vsfa_data.release.markdown import one_line
from vsfa_data.release.scrub import without_contact, without_keys, without_local_paths
from vsfa_data.release.splits import SPLITS
from vsfa_data.release.tally import Tally

HUB: Final = "hub"
"""The source whose pictures are those of another dataset."""


@dataclass(frozen=True)
class Written:
    """What lies in the Parquet files: counts over all rows, and (config, split) -> its share."""

    tally: Tally
    splits: dict[tuple[str, str], Split]
    balance: dict[str, Difference] = field(default_factory=dict)
    """What the selection matched on, before and after."""


def compose(
    recipe: Recipe, written: Written, funnel: Mapping[str, Any], identities: Mapping[str, str]
) -> Manifest:
    """The manifest of what was written, but for its list of files."""
    tally, splits, matched = written.tally, written.splits, dict(written.balance)
    if matched:
        matched |= balance.of_captions(tally.captions["threat"], tally.captions["control"])
    configs = {
        name: Config(
            splits={s: splits[name, s] for s in SPLITS if (name, s) in splits},
            pairs=tally.pairs[name],
            matched=tally.matched[name],
            concepts=_ordered(tally.concepts[name]),
        )
        for name in recipe.release.configs
        if name in tally.concepts
    }
    return Manifest(
        name=recipe.name,
        version=recipe.version,
        fingerprint=fingerprint({w: (held.rows, held.digest) for w, held in splits.items()}),
        seed=recipe.seed,
        shipped_recipe=is_shipped(recipe),
        recipe=without_local_paths(
            without_keys(without_contact(recipe.model_dump(mode="json"))),
        ),
        configs=configs,
        balance=matched,
        unbalanced=tuple(balance.missed(matched, BALANCE_AIM)),
        families=_ordered(tally.families),
        answer_sources=_ordered(tally.answer_sources),
        licenses=_ordered(tally.licenses),
        sources=_ordered(tally.sources),
        source_datasets=tuple(extended(recipe, tally.sources)),
        funnel={step: FunnelStep.model_validate(line) for step, line in funnel.items()},
        models=without_local_paths(dict(sorted(identities.items()))),
        packages=package_versions(),
    )


def extended(recipe: Recipe, sources: Mapping[str, int]) -> Iterator[str]:
    """What the published pictures come from, as the Hub's cards say it."""
    listed = recipe.model_dump(mode="json")["collect"]["sources"]
    others = [one["dataset"] for one in listed if one["source"] == HUB]
    names = [name for name in others if not resources.inside(name).is_dir()]
    if len(names) < max(len(others), 1) or sources.keys() - {HUB}:
        yield "original"
    if sources.get(HUB):
        yield from dict.fromkeys(f"extended|{one_line(name)}" for name in names)


def _ordered(counted: Mapping[str, int]) -> dict[str, int]:
    """Most frequent first, equally frequent ones by name."""
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))
