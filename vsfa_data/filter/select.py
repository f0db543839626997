"""The second stage of `filter`: which images are published, in which config, matched with which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final

import pyarrow as pa

from vsfa_data import tables
from vsfa_data.errors import UserError
from vsfa_data.filter import concepts, verdicts
from vsfa_data.filter.verdicts import Columns
from vsfa_data.stages import GlobalStage, Output, Shard

_COLUMNS: Final = (
    "image_id", "phash", "format", "width", "height", "source", "license", "source_ref",
)  # fmt: skip


class SelectStage(GlobalStage):
    """Keep one image of each near-duplicate cluster, the threats, and a control for each.

    Reads:  images (no pixels), scores
    Writes: selection, row by row in the order of scores
    Drops:  near_duplicate, other_concept, between_thresholds, over_quota, not_matched
    Raises: UserError if no image reaches `filter.min_threat`; it says which value would keep some

    A threat image without a partner (fewer neutral images than threats, or `control: none`)
    stays, with a null match_id.
    """

    name = "select"
    step = "filter"
    version = 2
    reads: ClassVar[tuple[tables.Table, ...]] = (tables.IMAGES, tables.SCORES)
    writes = tables.SELECTION
    libraries = ("numpy", "scipy")

    def settings(self) -> dict[str, Any]:
        """Thresholds, quota, chosen concepts and how controls are found."""
        chosen = self.recipe.filter
        judged = {"min_margin", "max_control_margin"}
        if not chosen.uncalibrated:
            judged = {"min_threat", "max_control_threat"}
        keys = {*judged, "max_per_concept", "control"}
        return {
            **chosen.model_dump(mode="json", include=keys),
            "weights": self._weights(),
            "concepts": list(concepts.load(chosen.concept_set).chosen(chosen.concepts)),
            "seed": self.recipe.seed,
        }

    def process(self, shards: Sequence[Shard]) -> Iterator[Output]:
        """One output for each of `shards`, in their order."""
        joined = [_join(shard) for shard in shards]
        columns: Columns = pa.concat_tables(joined).to_pydict()
        verdict, detail = self._verdicts(columns)
        partner = self._partners(columns, verdict)
        start = 0
        for table in joined:
            stop = start + table.num_rows
            yield _output(self, columns, (verdict, detail, partner), range(start, stop))
            start = stop

    def _weights(self) -> dict[str, float]:
        """Weight of each concept that `filter.concept_weights` names, itself or its category.

        What is said of a concept itself goes before what is said of its category.
        """
        given, used = (
            self.recipe.filter.concept_weights,
            concepts.load(self.recipe.filter.concept_set),
        )
        broad = [name for name in given if name in used.categories]
        found = {one: given[name] for name in broad for one in used.categories[name]}
        for name in given:
            if name not in broad:
                (one,) = used.chosen((name,), "filter.concept_weights")
                found[one] = given[name]
        return found

    def _verdicts(self, columns: Columns) -> tuple[list[str], list[str | None]]:
        """For each row 'threat', 'control' (a candidate) or a reason code; the code's detail."""
        import numpy as np

        from vsfa_data.filter.clusters import near_duplicates

        chosen, ids = self.recipe.filter, columns["image_id"]
        wanted = concepts.load(chosen.concept_set).chosen(chosen.concepts)
        hashes = np.array([int(text, 16) for text in columns["phash"]], np.uint64)
        first = near_duplicates(hashes).tolist()
        columns["cluster_id"] = [ids[at] for at in first]
        verdict = verdicts.by_score(columns, first, chosen, wanted)
        if "threat" not in verdict:
            raise UserError(verdicts.hint(columns, first, chosen, wanted))
        verdicts.apply_quota(columns, verdict, chosen, self._weights())
        stands = {first[at]: ids[at] for at, code in enumerate(verdict) if code != "near_duplicate"}
        detail = [
            f"of {stands[first[at]]}" if code == "near_duplicate" else None
            for at, code in enumerate(verdict)
        ]
        return verdict, detail

    def _partners(self, columns: Columns, verdict: list[str]) -> dict[int, int]:
        """Row of each matched image -> row of its partner; unmatched candidates get their code."""
        from vsfa_data.filter.matching import features, match

        threats = [at for at, code in enumerate(verdict) if code == "threat"]
        neutral = [at for at, code in enumerate(verdict) if code == "control"]
        partner: dict[int, int] = {}
        if self.recipe.filter.control == "matched":
            both = threats + neutral
            space = features(
                {name: [values[at] for at in both] for name, values in columns.items()}
            )
            ids = [columns["image_id"][at] for at in both]
            cut = len(threats)
            pairs = match(space[:cut], space[cut:], (ids[:cut], ids[cut:]), self.recipe.seed)
            for at, found in zip(threats, pairs.tolist(), strict=True):
                if found >= 0:
                    partner[at], partner[neutral[found]] = neutral[found], at
        for at in neutral:
            if at not in partner:
                verdict[at] = "not_matched"
        return partner


def _join(shard: Shard) -> pa.Table:
    """Scores of a shard with what images says of the same pictures."""
    scores = shard.read(tables.SCORES)
    images = shard.read(tables.IMAGES, _COLUMNS)
    place: dict[str, int] = {}
    for at, image_id in enumerate(images.column("image_id").to_pylist()):
        place.setdefault(image_id, at)
    wanted = [place[one] for one in scores.column("image_id").to_pylist()]
    found = images.take(pa.array(wanted, pa.int64()))
    for name in _COLUMNS[1:]:
        scores = scores.append_column(name, found.column(name))
    return scores


def _output(
    stage: SelectStage,
    columns: Columns,
    found: tuple[list[str], list[str | None], dict[int, int]],
    rows: range,
) -> Output:
    verdict, detail, partner = found
    ids, kept, rejects = columns["image_id"], [], []
    for at in rows:
        if verdict[at] in ("threat", "control"):
            match_id = ids[partner[at]] if at in partner else None
            cluster = columns["cluster_id"][at]
            kept.append(
                {
                    "image_id": ids[at],
                    "config": verdict[at],
                    "match_id": match_id,
                    "cluster_id": cluster,
                }
            )
        else:
            ref = columns["source_ref"][at]
            rejects.append(
                stage.reject(verdict[at], image_id=ids[at], source_ref=ref, detail=detail[at])
            )
    return Output(tables.SELECTION.build(kept), tables.REJECTS.build(rejects), len(rows))
