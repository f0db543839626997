"""How well the embedded threat score tells threats from the rest.

On the corpus of drawings and stamps, by what was fitted without each one's fold: those figures
stand in the shipped calibrations, and `python -m vsfa_data.filter.fit_embedded` measures them
again. And on the labelled sample, which is kept out of the fit, as `vsfa-data score` measures it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.row import Row

WANTED_AUC = 0.90
WANTED_ECE = 0.05
SETS = ("default", "threats")


def measure() -> Iterator[Row]:
    """ROC AUC, average precision, precision at k and calibration error; ROC AUC of each concept."""
    for name in SETS:
        yield from _held_out(name)
    yield from _sample()


def _held_out(concept_set: str) -> Iterator[Row]:
    from vsfa_data.filter import calibration_files
    from vsfa_data.filter.calibration import Calibration

    path = calibration_files.path_for("embedded", concept_set)
    found = Calibration.model_validate_json(path.read_bytes())
    good, share = found.quality, found.threat_images / (found.threat_images + found.neutral_images)
    what = f"held out, {concept_set}"
    yield Row(f"{what}: ROC AUC", good.auc, WANTED_AUC, "", ">= 1")
    yield Row(f"{what}: calibration error (ECE)", good.ece, WANTED_ECE, "", "<= 1")
    if (once := good.ece_unweighted) is not None:
        yield Row(f"{what}: ECE, each image counted once", once, WANTED_ECE, "", "<= 1")
    yield Row(
        f"{what}: average precision / chance", good.average_precision or 0.0, share, "", ">= 1"
    )
    for rank, precision in good.precision_at.items():
        yield Row(f"{what}: precision at {rank} / chance", precision, share, "", ">= 1")
    for label, one in good.labels.items():
        yield Row(f"{what}: ROC AUC, {label} ({one.images})", one.auc, WANTED_AUC, "", ">= 1")


def _sample() -> Iterator[Row]:
    good = _measured()
    threats, neutral = good["threat_images"], good["neutral_images"]
    share = threats / (threats + neutral)
    yield Row("sample: ROC AUC", good["roc_auc"], WANTED_AUC, "", ">= 1")
    yield Row("sample: calibration error (ECE)", good["ece"], WANTED_ECE, "", "<= 1")
    yield Row("sample: average precision / chance", good["average_precision"], share, "", ">= 1")
    for rank, precision in good["precision_at"].items():
        yield Row(f"sample: precision at {rank} / chance", precision, share, "", ">= 1")
    for label, one in good["labels"].items():
        what = f"sample: ROC AUC, {label} ({one['threat_images']})"
        yield Row(what, one["roc_auc"], WANTED_AUC, "", ">= 1")


def _measured() -> dict[str, Any]:
    from vsfa_data import recipe, resources
    from vsfa_data.scoring.score import Job, score

    labels = resources.inside("package:sample/sample.csv")
    chosen = recipe.filter_section({"encoder": "embedded"})
    with tempfile.TemporaryDirectory() as folder:
        job = Job(labels.parent / "images", chosen, Path(folder, "scores.csv"), labels, workers=2)
        quality: dict[str, Any] = score(job, lambda _: None, lambda: None)["quality"]
    return quality
