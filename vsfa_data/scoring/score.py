"""Scores of a folder's pictures in a CSV file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vsfa_data.errors import UserError
from vsfa_data.filter import calibration_files, concepts
from vsfa_data.recipe import FilterSection
from vsfa_data.scoring import labels, run
from vsfa_data.scoring.quality import Row, quality
from vsfa_data.scoring.reading import Seen
from vsfa_data.scoring.table import writing

COLUMNS: Final = (
    "path", "concept", "concept_score", "threat_score", "neutral_concept", "margin", "reason",
    "detail",
)  # fmt: skip


@dataclass(frozen=True)
class Job:
    """What to score, with what, and where the table goes."""

    folder: Path
    chosen: FilterSection
    out: Path
    labels: Path | None = None
    limit: int | None = None
    workers: int = 1


def score(job: Job, began: Callable[[int], None], done: Callable[[], None]) -> dict[str, Any]:
    """Write the table; what came of it, as plain JSON. One row for each file, in order.

    `began` is told how many files there are, `done` is called for each. Raises UserError for
    labels or a calibration that do not fit, SetupError if the encoder cannot be opened.
    """
    from vsfa_data.filter.scorer import Scorer

    listed = run.files(job.folder, job.limit)  # first: it costs the least to find wrong
    chosen, encoder = job.chosen, run.encoder_of(job.chosen)
    used = concepts.load(chosen.concept_set)
    encoder.require()
    fitted = calibration_files.of(chosen, encoder.identity)
    known, missing = labels.Labels(), 0
    if job.labels is not None:
        known = labels.read(job.labels, (file.name for file in listed), used)
        missing = known.missing if job.limit is None else 0
    scorer, judged = Scorer.of(used, fitted), list[tuple[Row, str]]()
    nearest, likely, rejected = Counter[str](), Counter[str](), Counter[str]()
    began(len(listed))
    found = run.looked(chosen, [file.path for file in listed], job.workers)
    with writing(job.out, COLUMNS) as write:
        for file, (looked, seen) in zip(listed, found, strict=True):
            row = {} if looked is None else scorer.row(*looked)
            write({"path": file.name, **row, **_why_not(seen)})
            if seen.reason is not None:
                rejected[seen.reason] += 1
            else:
                nearest[row["concept"]] += 1
                likely[row["concept"]] += (row["threat_score"] or 0.0) >= chosen.min_threat
                if file.name in known:
                    judged.append((row, known[file.name]))
            done()
    return {
        "out": str(job.out),
        "images": len(listed),
        "scored": nearest.total(),
        "rejected": dict(sorted(rejected.items())),
        "encoder": encoder.identity,
        "concept_set": f"{used.version} sha256:{used.content_hash}",
        "calibration": calibration_files.digest(chosen),
        "concepts": dict(nearest.most_common()),
        "min_threat": None if fitted is None else chosen.min_threat,
        "threats": None if fitted is None else dict(likely.most_common()),
        "labels_without_picture": missing,
        "quality": _quality(job, judged, used, 0.5 if fitted is None else fitted.prior),
    }


def _why_not(seen: Seen) -> dict[str, str | None]:
    return {"reason": seen.reason, "detail": seen.detail}


def _quality(
    job: Job, judged: list[tuple[Row, str]], used: concepts.ConceptSet, prior: float
) -> Any:
    if job.labels is None:
        return None
    found = quality([row for row, _ in judged], [label for _, label in judged], used, prior)
    if found is None:
        raise UserError(
            f"{job.labels}: the pictures that it labels and that could be read must be both "
            f"threats and neutral ones; {job.out} is written nevertheless"
        )
    return found
