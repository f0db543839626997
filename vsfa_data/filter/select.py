"""The second stage of `filter`: which images are published, in which config, matched with which."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final

import pyarrow as pa

from vsfa_data import parts, tables
from vsfa_data.errors import UserError
from vsfa_data.filter import calibration_files, concepts, details, titles, verdicts
from vsfa_data.filter.fitness import Columns
from vsfa_data.filter.verdicts import Wanted
from vsfa_data.stages import GlobalStage, Output, Shard
from vsfa_data.words import threats

_COLUMNS: Final = (
    "position", "phash", "format", "width", "height", "source", "license", "source_ref", "title",
)  # fmt: skip
_SETTINGS: Final = (
    "threats_by", "max_per_concept", "max_images", "balance", "control", "unmatched", "licenses",
    "min_sharpness", "min_contrast", "min_content", "audit", "titles",
)  # fmt: skip
BALANCE: Final = "balance.json"
"""Beside the shards: covariate -> standardised mean difference before and after matching."""


class SelectStage(GlobalStage):
    """Keep one image of each near-duplicate cluster, the threats, and a control for each.

    Reads:  images (no pixels), unique, scores
    Writes: selection, row by row in the order of scores
    Drops:  near_duplicate, other_concept, between_thresholds, over_quota, look_alike, not_matched,
            no_control, license_policy, flat, little_content, blurred, title_names_threat,
            title_names_no_threat
    Raises: UserError if no image reaches `filter.min_threat`, or none may be a control; it says
            which value would keep some

    Threats and controls are equally many, unless `unmatched: keep` or `control: none` leaves
    threats without a partner; their match_id is null.
    """

    name = "select"
    step = "filter"
    version = 8
    reads: ClassVar[tuple[tables.Table, ...]] = (
        tables.IMAGES,
        tables.UNIQUE,
        tables.SCORES,
    )
    writes = tables.SELECTION
    libraries = ("numpy", "scipy", "usearch")

    def settings(self) -> dict[str, Any]:
        """Thresholds, quotas, chosen concepts, what is out of the question, and the controls."""
        chosen = self.recipe.filter
        judged = {"min_margin", "max_control_margin"}
        if not chosen.uncalibrated:
            judged = {"min_threat", "max_control_threat"}
        return {
            **chosen.model_dump(mode="json", include={*judged, *_SETTINGS}),
            "near_duplicate_cosine": self._cosine(),
            "weights": self._weights(),
            "concepts": list(concepts.load(chosen.concept_set).chosen(chosen.concepts)),
            "seed": self.recipe.seed,
        }

    def identities(self) -> dict[str, str]:
        """The word lists that titles are held against, unless they are ignored."""
        return {} if self.recipe.filter.titles == "ignore" else {"titles": threats.identity()}

    def process(self, shards: Sequence[Shard]) -> Iterator[Output]:
        """One output for each of `shards`, in their order."""
        from vsfa_data.filter import audit, controls

        chosen, seed = self.recipe.filter, self.recipe.seed
        joined = [_join(shard) for shard in shards]
        columns: Columns = pa.concat_tables(joined).to_pydict()
        verdict = self._verdicts(columns)
        partner, report = controls.partners(columns, verdict, chosen, seed)
        detail = details.of(columns, verdict, verdicts.basis(chosen).column)
        self._beside = {BALANCE: json.dumps(report, indent=1).encode()}
        if chosen.audit:
            self._beside[audit.NAME] = audit.table(columns, verdict, seed, chosen.audit)
        start = 0
        for table in joined:
            stop = start + table.num_rows
            yield _output(self, columns, (verdict, detail, partner), range(start, stop))
            start = stop

    def beside(self) -> dict[str, bytes]:
        """How alike threats and controls are, and the audit sample."""
        return self._beside

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

    def _cosine(self) -> float | None:
        """Cosine from which embeddings are those of near-duplicates; None: hashes alone."""
        said = self.recipe.filter.near_duplicate_cosine
        if said == "encoder":
            kind = parts.load("encoders", self.recipe.filter.encoder)
            found: float | None = kind.near_duplicate_cosine
            return found or calibration_files.near_duplicate_cosine(self.recipe.filter)
        return None if said == "off" else said

    def _verdicts(self, columns: Columns) -> list[str]:
        """For each row 'threat', 'control' (a candidate) or a reason code."""
        from vsfa_data.filter import duplicates

        chosen, ids = self.recipe.filter, columns["image_id"]
        used = concepts.load(chosen.concept_set)
        wanted = Wanted(used.chosen(chosen.concepts), used.look_alikes)
        columns["title_term"] = titles.named(columns["title"])
        first = duplicates.clusters(columns, self._cosine())
        columns["cluster_id"] = [ids[at] for at in first]
        verdict = verdicts.by_score(columns, first, chosen, wanted)
        if "threat" not in verdict:
            by_scores = verdicts.hint(columns, first, chosen, wanted.concepts)
            raise UserError(titles.hint(verdict) or by_scores)
        verdicts.apply_quota(columns, verdict, chosen, self._weights())
        return verdict


def _join(shard: Shard) -> pa.Table:
    """Scores of a shard, row by row those of unique, with what images says of the same pictures."""
    scores = shard.read(tables.SCORES, [n for n in tables.SCORES.names if n != "vector"])
    images = shard.read(tables.IMAGES, _COLUMNS)
    # A picture that was collected several times has as many rows, with licences of their own.
    place = {position: at for at, position in enumerate(images.column("position").to_pylist())}
    stands = shard.read(tables.UNIQUE).to_pydict()
    at_of = dict(zip(stands["image_id"], map(place.__getitem__, stands["position"]), strict=True))
    wanted = [at_of[one] for one in scores.column("image_id").to_pylist()]
    found = images.take(pa.array(wanted, pa.int64()))
    for name in _COLUMNS:
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
                    "position": columns["position"][at],
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
