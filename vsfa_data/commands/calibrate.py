"""`vsfa-data calibrate`: labelled pictures make an encoder's cosines into probabilities."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from vsfa_data.commands.as_json import AsJson
from vsfa_data.commands.encoders import (
    Concepts,
    EncoderName,
    EncoderSets,
    Workers,
    chosen_filter,
)
from vsfa_data.console.output import print_json, say

if TYPE_CHECKING:
    from vsfa_data.filter.calibration import Calibration

EXAMPLES: Final = (
    "vsfa-data calibrate pictures --labels labels.csv --out mine.json",
    "vsfa-data calibrate pictures --labels labels.csv --concepts threats --out wide.json",
    "vsfa-data score others --calibration mine.json",
)


def calibrate(
    folder: Annotated[Path, typer.Argument(help="Folder of pictures; folders in it count too.")],
    *,
    labels: Annotated[
        Path, typer.Option(help="CSV with path and label (threat, neutral, or a concept).")
    ],
    out: Annotated[Path, typer.Option(help="Calibration to write (JSON).")],
    encoder: EncoderName = "embedded",
    concepts: Concepts = "default",
    sets: EncoderSets = None,
    method: Annotated[
        Literal["auto", "margins", "isotonic", "concepts", "probe"],
        typer.Option(help="What is fitted; auto: what foretells held-out pictures best."),
    ] = "auto",
    prior: Annotated[
        float, typer.Option(min=0.0001, max=0.9999, help="Share of threats to be expected.")
    ] = 0.5,
    folds: Annotated[int, typer.Option(min=2, max=50, help="Parts for cross-validation.")] = 5,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Fit a calibration for an encoder, and tell how good it is.

    The file holds for that encoder, its weights and that wording of the concepts alone; recipes
    use it by filter.calibration. Some hundreds of pictures of each kind make a good one.
    """
    from vsfa_data.console.bars import counting
    from vsfa_data.processes.pool import cores
    from vsfa_data.scoring.calibrate import Job
    from vsfa_data.scoring.calibrate import calibrate as run

    chosen = chosen_filter(encoder, concepts, sets, None, may_lack=False)
    count = cores() if workers is None else workers
    job = Job(folder, labels, chosen, out, method, prior, folds, count)
    found, left_out = run(job, counting)
    if as_json:
        print_json(_plain(found, left_out, out))
    else:
        _show(found, left_out, out)


def _plain(found: Calibration, left_out: dict[str, int], out: Path) -> dict[str, Any]:
    keys = {"method", "encoder", "threat_images", "neutral_images", "prior", "quality"}
    keys.add("near_duplicate_cosine")
    return {"out": str(out), **found.model_dump(mode="json", include=keys), "left_out": left_out}


def _show(found: Calibration, left_out: dict[str, int], out: Path) -> None:
    from vsfa_data.console.tables import show_table

    rows = [
        (
            f"{row.low:.3f} to {row.high:.3f}",
            str(row.images),
            f"{row.predicted:.3f}",
            f"{row.observed:.3f}",
        )
        for row in found.quality.reliability
    ]
    columns = ("probability", "pictures", "predicted", "observed")
    show_table(f"{found.method}, on held-out pictures", columns, rows)
    for reason, count in left_out.items():
        say(f"{count} files left out: {reason}")
    good = found.quality
    shown = "" if good.average_precision is None else f", AP {good.average_precision:.3f}"
    say(
        f"{found.threat_images} threats, {found.neutral_images} neutral; ROC AUC {good.auc:.3f}"
        f"{shown}, ECE {good.ece:.3f}: {out}"
    )
    if found.near_duplicate_cosine is not None:
        say(f"near-duplicates: cosine from {found.near_duplicate_cosine:g} on")
    given = shlex.quote(f"filter.calibration={out}")
    say(f"use it with this encoder and concept set: vsfa-data build RECIPE --set {given}")
