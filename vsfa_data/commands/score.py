"""`vsfa-data score`: a folder's pictures against all concepts, without building anything."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from vsfa_data.commands.as_json import AsJson
from vsfa_data.commands.encoders import (
    Calibration,
    Concepts,
    EncoderName,
    EncoderSets,
    Workers,
    chosen_filter,
)
from vsfa_data.console.output import print_json, say

EXAMPLES: Final = (
    "vsfa-data score pictures --out scores.csv",
    "vsfa-data score pictures --labels labels.csv --json",
    "vsfa-data score pictures --encoder open_clip --set pretrained=laion2b_s34b_b79k",
    "vsfa-data score pictures --encoder transformers --set model=google/siglip2-base-patch16-224",
)


def score(
    folder: Annotated[Path, typer.Argument(help="Folder of pictures; folders in it count too.")],
    *,
    out: Annotated[Path, typer.Option(help="Table to write.")] = Path("scores.csv"),
    encoder: EncoderName = "embedded",
    concepts: Concepts = "default",
    sets: EncoderSets = None,
    calibration: Calibration = None,
    labels: Annotated[
        Path | None,
        typer.Option(help="CSV with path and label (threat, neutral, a concept): measure."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Score the first so many files.")] = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Score a folder: nearest concept, cosine, threat probability.

    One row for each file; one that is no usable picture has a reason instead of scores. Without
    a calibration for encoder and concepts, threat_score is empty and the margin has to do.
    """
    from vsfa_data.console.bars import counting
    from vsfa_data.processes.pool import cores
    from vsfa_data.scoring.score import Job
    from vsfa_data.scoring.score import score as run

    chosen = chosen_filter(encoder, concepts, sets, calibration, may_lack=True)
    job = Job(folder, chosen, out, labels, limit, cores() if workers is None else workers)
    with counting("score") as (began, done):
        found = run(job, began, done)
    if as_json:
        print_json(found)
    else:
        _show(found)


def _show(found: dict[str, Any]) -> None:
    from vsfa_data.console.tables import show_table

    least, likely = found["min_threat"], found["threats"]
    rows: list[tuple[str, ...]]
    if likely is None:
        columns: tuple[str, ...] = ("concept", "pictures")
        rows = [(name, str(count)) for name, count in found["concepts"].items()]
    else:  # the nearest concept alone makes a threat of nothing
        columns = ("concept", "nearest", f"threat_score >= {least:g}")
        rows = [(name, str(n), str(likely[name])) for name, n in found["concepts"].items()]
    show_table("nearest concept", columns, rows[:15])
    for reason, count in found["rejected"].items():
        say(f"{count} file{'' if count == 1 else 's'} not scored: {reason}")
    if count := found["labels_without_picture"]:
        say(f"{count} labelled path{' is' if count == 1 else 's are'} not in the folder")
    if found["quality"] is not None:
        _show_quality(found["quality"])
    if found["calibration"] == "uncalibrated":
        say("uncalibrated: threat_score is empty. To have it, run: vsfa-data calibrate --help")
    say(f"{found['scored']} of {found['images']} pictures scored: {found['out']}")


def _show_quality(quality: dict[str, Any]) -> None:
    from vsfa_data.console.tables import show_table

    def cells(name: str, of: dict[str, Any]) -> tuple[str, ...]:
        error = "" if of["ece"] is None else f"{of['ece']:.3f}"
        named = f"{of['named']:.2f}" if "named" in of else ""
        return (
            *(name, str(of["threat_images"]), f"{of['roc_auc']:.3f}"),
            *(f"{of['average_precision']:.3f}", _at(of), error, named),
        )

    rows = [cells("all", quality)]
    rows += [cells(label, of) for label, of in quality["labels"].items()]
    columns = ("label", "pictures", "ROC AUC", "AP", "P@n", "ECE", "named")
    show_table(f"by {quality['by']}", columns, rows)


def _at(of: dict[str, Any]) -> str:
    """Precision at as many pictures as are threats: what a perfect score would make 1."""
    return f"{of['precision_at'][str(of['threat_images'])]:.2f}"
