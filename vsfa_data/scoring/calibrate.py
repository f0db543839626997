"""A calibration of any encoder from a folder of labelled pictures."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from vsfa_data.errors import SetupError, UserError
from vsfa_data.filter import calibration_files, concepts
from vsfa_data.filter.calibration import Calibration
from vsfa_data.recipe import FilterSection
from vsfa_data.scoring import folds, labels, run
from vsfa_data.scoring.reading import Seen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vsfa_data.filter.encoder import Encoder
    from vsfa_data.filter.fitting import Labelled, Method

Counting = Callable[[str], AbstractContextManager[tuple[Callable[[int], None], Callable[[], None]]]]
"""As `console.bars.counting`: shows how far something named has come."""
FEWEST: Final = 20
"""Threats and neutral pictures that are needed, each: with fewer, luck decides."""


@dataclass(frozen=True)
class Job:
    """Labelled pictures, the encoder to fit for, and where the calibration goes."""

    folder: Path
    labels: Path
    chosen: FilterSection
    out: Path
    method: Literal["auto", "margins", "isotonic", "concepts", "probe"] = "auto"
    prior: float = 0.5
    folds: int = 5
    workers: int = 1


def calibrate(job: Job, counting: Counting) -> tuple[Calibration, dict[str, int]]:
    """Fit, write the file, and give it back with the count of each reason why files were left out.

    The same pictures and labels give the same file. Pictures that are near-duplicates of each
    other, as a selection has it, are held out together. The figures of a method that was chosen
    here are of pictures that it was not chosen by. Raises UserError for labels that do not fit or
    are too few.
    """
    _check_out(job.out)
    listed = run.files(job.folder)
    used, encoder = concepts.load(job.chosen.concept_set), run.encoder_of(job.chosen)
    encoder.require()
    known = labels.read(job.labels, (file.name for file in listed), used)
    wanted = [file for file in listed if file.name in known]
    _check(job, list(known.values()))
    _check_writable(job.out)
    cosine = _near_duplicates(encoder, wanted, counting)
    with counting("encode") as (began, done):
        began(len(wanted))
        read = _read(job, wanted, known, done)
    if known.missing:
        read.left_out["missing_file"] = known.missing
    images, inner = _labelled(job, read, known, encoder.near_duplicate_cosine or cosine)
    found = Calibration.model_validate(
        {
            "encoder": encoder.identity,
            "concept_set_version": used.version,
            "concept_set_sha256": used.content_hash,
            "corpus": _corpus(known),
            "near_duplicate_cosine": cosine,
            **_parameters(job.method, images, inner, counting),
        }
    )
    _write(job.out, found)
    return found, dict(sorted(read.left_out.items()))


def _parameters(
    chosen: Literal["auto"] | Method, images: Labelled, inner: NDArray[np.int64], counting: Counting
) -> dict[str, Any]:
    """What `fitting.parameters` gives, of the best method if that is to be chosen here."""
    from vsfa_data.filter import fitting

    with counting("fit") as (began, done):
        if chosen == "auto":
            began(fitting.fits(images, inner))
            method = fitting.best(images, done)
            p = fitting.best_held_out(images, inner, done)
        else:
            began(len(set(images.fold.tolist())))
            method, p = chosen, fitting.held_out(images, chosen, done)
        return fitting.parameters(images, method, p)


def _near_duplicates(encoder: Encoder, wanted: list[run.File], counting: Counting) -> float | None:
    """From which cosine on it sees a picture twice; None if that is known without measuring."""
    if encoder.near_duplicate_cosine is not None:
        return None
    from vsfa_data.scoring import copies

    encoder.open()
    with counting("copies") as (began, done):
        began(min(copies.COMPARED, len(wanted)))
        return copies.near_duplicate_cosine(encoder, wanted, done)


class _Read(NamedTuple):
    """Usable pictures by name and what is known of them; reasons why others are left out."""

    names: list[str]
    rows: list[run.Looked]
    seen: list[Seen]
    left_out: Counter[str]


def _read(
    job: Job, wanted: list[run.File], known: dict[str, str], done: Callable[[], None]
) -> _Read:
    read = _Read([], [], [], Counter())
    found = run.looked(job.chosen, [file.path for file in wanted], job.workers)
    for file, (looked, seen) in zip(wanted, found, strict=True):
        done()
        if looked is None:
            read.left_out[str(seen.reason)] += 1
        else:
            read.names.append(file.name)
            read.rows.append(looked)
            read.seen.append(seen)
    _check(job, [known[name] for name in read.names])
    return read


def _labelled(
    job: Job, read: _Read, known: dict[str, str], cosine: float | None
) -> tuple[Labelled, NDArray[np.int64]]:
    """What fitting needs, and the parts of the pictures that `best_held_out` does."""
    import numpy as np

    from vsfa_data.filter.fitting import Labelled
    from vsfa_data.filter.scorer import Scorer

    shown = [known[name] for name in read.names]
    cluster = folds.clusters(read.seen, cosine)
    once = {(at, label == labels.NEUTRAL): label for at, label in zip(cluster, shown, strict=True)}
    _check(job, list(once.values()))
    scorer = Scorer.of(concepts.load(job.chosen.concept_set), None)
    images = Labelled(
        cosines=np.stack([row.cosines for row in read.rows]),
        features=np.stack([row.features for row in read.rows]),
        y=np.array([label != labels.NEUTRAL for label in shown], np.float64),
        fold=folds.drawn("fold", read.names, cluster, job.folds),
        names=scorer.names,
        threats=scorer.threats,
        temperature=_temperature(job.chosen),
        prior=job.prior,
        shown=tuple(shown),
    )
    inner = folds.drawn("inner", read.names, cluster, folds.INNER)
    if folds.one_sided(images.y, images.fold, inner if job.method == "auto" else None):
        raise UserError(
            f"{job.labels}: with {job.folds} folds, some fit would be to threats alone or to "
            f"neutral pictures alone; give more --folds, or label more pictures"
        )
    return images, inner


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
        temporary.write_text(calibration_files.text(found), encoding="utf-8")
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
