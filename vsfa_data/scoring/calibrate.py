"""A calibration of any encoder from a folder of labelled pictures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from vsfa_data.errors import SetupError, UserError
from vsfa_data.filter import concepts
from vsfa_data.filter.calibration import Calibration
from vsfa_data.recipe import FilterSection
from vsfa_data.scoring import labels, run

if TYPE_CHECKING:
    from vsfa_data.filter.encoder import Encoder
    from vsfa_data.filter.fitting import Labelled, Method

FEWEST: Final = 20
"""Threats and neutral pictures that are needed, each: with fewer, luck decides."""


@dataclass(frozen=True)
class Job:
    """Labelled pictures, the encoder to fit for, and where the calibration goes."""

    folder: Path
    labels: Path
    chosen: FilterSection
    out: Path
    method: Literal["auto", "margins", "isotonic", "concepts"] = "auto"
    prior: float = 0.5
    folds: int = 5
    workers: int = 1


def calibrate(
    job: Job, began: Callable[[int], None], done: Callable[[], None]
) -> tuple[Calibration, dict[str, int]]:
    """Fit, write the file, and give it back with the count of each reason why files were left out.

    The same pictures and labels give the same file. Pictures that are near-duplicates of each
    other are held out together. Raises UserError for labels that do not fit or are too few.
    """
    from vsfa_data.filter import fitting

    _check_out(job.out)
    listed = run.files(job.folder)
    used, encoder = concepts.load(job.chosen.concept_set), run.encoder_of(job.chosen)
    encoder.require()
    known = labels.read(job.labels, (file.name for file in listed), used)
    wanted = [file for file in listed if file.name in known]
    _check(job, list(known.values()))
    _check_writable(job.out)
    began(len(wanted))
    images, left_out = _labelled(job, wanted, known, done)
    if known.missing:
        left_out["missing_file"] = known.missing
    method: Method = fitting.best(images) if job.method == "auto" else job.method
    found = Calibration.model_validate(
        {
            "encoder": encoder.identity,
            "concept_set_version": used.version,
            "concept_set_sha256": used.content_hash,
            "corpus": _corpus(known),
            "near_duplicate_cosine": _near_duplicates(encoder, wanted),
            **fitting.parameters(images, method),
        }
    )
    _write(job.out, found)
    return found, left_out


def _near_duplicates(encoder: Encoder, wanted: list[run.File]) -> float | None:
    """From which cosine on it sees a picture twice; None if that is known without measuring."""
    if encoder.near_duplicate_cosine is not None:
        return None
    from vsfa_data.scoring import copies

    encoder.open()
    return copies.near_duplicate_cosine(encoder, wanted)


def _labelled(
    job: Job, wanted: list[run.File], known: dict[str, str], done: Callable[[], None]
) -> tuple[Labelled, dict[str, int]]:
    from collections import Counter

    import numpy as np

    from vsfa_data.filter.clusters import near_duplicates
    from vsfa_data.filter.fitting import Labelled
    from vsfa_data.filter.scorer import Scorer

    rows, names, hashes, left_out = [], [], [], Counter[str]()
    found = run.cosines(job.chosen, [file.path for file in wanted], job.workers)
    for file, (cosines, seen) in zip(wanted, found, strict=True):
        done()
        if cosines is None or seen.phash is None:
            left_out[str(seen.reason)] += 1
            continue
        rows.append(cosines)
        names.append(file.name)
        hashes.append(int(seen.phash, 16))
    shown = [known[name] for name in names]
    _check(job, shown)
    cluster = near_duplicates(np.array(hashes, np.uint64)).tolist()
    once = {(at, label == labels.NEUTRAL): label for at, label in zip(cluster, shown, strict=True)}
    _check(job, list(once.values()))
    scorer = Scorer.of(concepts.load(job.chosen.concept_set), None)
    images = Labelled(
        cosines=np.stack(rows),
        y=np.array([label != labels.NEUTRAL for label in shown], np.float64),
        fold=_folds(names, cluster, job.folds),
        names=scorer.names,
        threats=scorer.threats,
        temperature=_temperature(job.chosen),
        prior=job.prior,
        shown=tuple(shown),
    )
    return images, dict(sorted(left_out.items()))


def _folds(names: list[str], cluster: list[int], folds: int) -> Any:
    """Fold of each picture, drawn by the hash of its path; near-duplicates share one.

    `cluster` has for each picture the place of the first one of its cluster.
    """
    import numpy as np

    drawn = [int(hashlib.sha256(f"fold:{name}".encode()).hexdigest(), 16) % folds for name in names]
    return np.array([drawn[first] for first in cluster], np.int64)


def _temperature(chosen: FilterSection) -> float:
    """1 / the scale that the encoder was trained with."""
    encoder = run.encoder_of(chosen)
    if not hasattr(encoder, "logit_scale"):
        encoder.open()
    if not hasattr(encoder, "logit_scale"):
        raise SetupError(f"the encoder '{chosen.encoder}' says no logit_scale, as encoders have to")
    return round(1.0 / max(1.0, encoder.logit_scale), 6)


def _check(job: Job, shown: list[str]) -> None:
    threats = sum(label != labels.NEUTRAL for label in shown)
    if min(threats, len(shown) - threats) < FEWEST:
        raise UserError(
            f"{job.labels}: {threats} threats and {len(shown) - threats} neutral pictures can be "
            f"used; at least {FEWEST} of each are needed (near-duplicates count once), and some "
            f"hundreds are better"
        )


def _corpus(known: dict[str, str]) -> str:
    """What it was fitted on: the labels down to their bytes, and no path of this machine."""
    plain = json.dumps(sorted(known.items()), ensure_ascii=True)
    digest = hashlib.sha256(plain.encode("ascii")).hexdigest()
    return f"{len(known)} labelled pictures, labels sha256:{digest}"


def _check_out(out: Path) -> None:
    if not out.exists():
        return
    try:
        Calibration.model_validate_json(out.read_bytes())
    except (OSError, ValueError):
        raise UserError(f"{out} exists and is no calibration: give another name") from None


def _check_writable(out: Path) -> None:
    """Raise SetupError now rather than after all pictures have been encoded."""
    with _writing(out) as temporary:
        temporary.unlink()


def _write(out: Path, found: Calibration) -> None:
    with _writing(out) as temporary:
        text = json.dumps(found.model_dump(mode="json"), indent=1, ensure_ascii=True) + "\n"
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(out)


@contextmanager
def _writing(out: Path) -> Iterator[Path]:
    """An empty file beside `out`."""
    temporary = out.with_name(f".{out.name}.tmp")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary.touch()
        yield temporary
    except OSError as error:
        raise SetupError(f"{out} cannot be written ({error.strerror})") from None
