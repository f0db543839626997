"""Fit the calibration of the embedded encoder on openclipart.

    python -m vsfa_data.filter.fit_embedded /usr/share/openclipart/png [--concept-set FILE]

The folder is that of Debian's package openclipart-png (0.18, public domain). Takes two to three
minutes, and gives the same file every time.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vsfa_data.errors import UserError
from vsfa_data.filter import calibration, calibration_files, concepts, fitting
from vsfa_data.filter.encoders.embedded import EmbeddedEncoder, EmbeddedOptions
from vsfa_data.filter.fit_corpus import Drawing, draw, drawings, picture
from vsfa_data.filter.fitting import Labelled
from vsfa_data.filter.scorer import Cosines

FOLDS: Final = 5


def labelled(
    cosines: NDArray[np.float64], chosen: Sequence[Drawing], names: Cosines, temperature: float
) -> Labelled:
    """The drawings with their labels, and folds drawn by the hash of their paths."""
    y = np.array([one.threat for one in chosen], np.float64)
    fold = np.array([int(draw(one.path), 16) % FOLDS for one in chosen], np.int64)
    return Labelled(cosines, y, fold, names.names, names.threats, temperature)


def run(root: Path, concept_set: str) -> calibration.Calibration:
    """Fit, and write the calibration to its place."""
    used, encoder = concepts.load(concept_set), EmbeddedEncoder(EmbeddedOptions())
    chosen = drawings(root)
    if not any(one.threat for one in chosen):
        raise UserError(f"{root} does not hold openclipart. Run: apt-get install openclipart-png")
    encoder.open()
    names = Cosines(encoder, used)
    cosines = np.concatenate([names.of([picture(root / one.path)]) for one in chosen])
    images = labelled(cosines, chosen, names, 1 / encoder.logit_scale)
    found = calibration.Calibration.model_validate(
        {
            "encoder": encoder.identity,
            "concept_set_version": used.version,
            "concept_set_sha256": used.content_hash,
            "corpus": "openclipart 0.18 (Debian openclipart-png), labelled by fit_labels.py",
            **fitting.parameters(images, "concepts"),
        }
    )
    path = calibration_files.path_for("embedded", concept_set)
    text = json.dumps(found.model_dump(mode="json"), indent=1, ensure_ascii=True)
    path.write_text(text + "\n", encoding="utf-8")
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, fit, and print how good it is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", type=Path, help="where openclipart's PNG files are")
    parser.add_argument("--concept-set", default="default", help="name or path of a concept set")
    given = parser.parse_args(arguments)
    found = run(given.folder, given.concept_set)
    good = found.quality
    lines = [
        f"{found.threat_images} threat, {found.neutral_images} neutral drawings",
        f"cross-validated: ROC AUC {good.auc:.3f}, ECE {good.ece:.3f}",
        "probability  images  predicted  observed",
    ]
    lines += [
        f"{row.low:.2f}..{row.high:.2f}  {row.images:6} {row.predicted:10.3f} {row.observed:9.3f}"
        for row in good.reliability
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
