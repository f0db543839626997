"""Where calibrations lie, and whether one holds for an encoder and a concept set."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from vsfa_data import resources
from vsfa_data.errors import SetupError, UserError, printable
from vsfa_data.filter import concepts
from vsfa_data.filter.calibration import Calibration
from vsfa_data.filter.concepts import ConceptSet

if TYPE_CHECKING:
    from vsfa_data.recipe import FilterSection

FOLDER: Final = Path(__file__).with_name("calibrations")
UNCALIBRATED: Final = "uncalibrated"
"""What stands for a calibration where a recipe opts out of one."""


def path_for(encoder: str, concept_set: str) -> Path:
    """Where the calibration of an encoder (by name) lies for a concept set (name or path).

    For sets that ship with the toolkit in `calibrations/`, for others beside the set's file.
    """
    if concept_set == "default":
        return FOLDER / f"{encoder}.json"
    file = concepts.find(concept_set)
    if concept_set in concepts.available():
        return FOLDER / f"{file.stem}.{encoder}.json"
    return file.with_name(f"{file.stem}.{encoder}.json")


def of(chosen: FilterSection, identity: str) -> Calibration | None:
    """The calibration of a recipe's filter, whose encoder has that identity.

    None if the recipe opts out of one. Raises UserError if there is none or it was fitted for
    another encoder or concept set, SetupError if the file is no calibration.
    """
    if chosen.uncalibrated:
        return None
    path, used = _path_of(chosen), concepts.load(chosen.concept_set)
    if not path.is_file():
        raise UserError(
            f"filter: encoder '{chosen.encoder}' has no calibration for concept set "
            f"'{chosen.concept_set}', so threat_score would mean nothing. {_remedy(chosen)}"
        )
    try:
        found = Calibration.model_validate_json(path.read_bytes())
    except (ValidationError, OSError) as error:
        raise SetupError(f"{path} is no calibration ({_said(error)}). {_remedy(chosen)}") from None
    _check(found, identity, used, f"{path} was fitted for", chosen)
    return found


def text(found: Calibration) -> str:
    """The JSON of a calibration: a line for each number, but the probe's weights in one."""
    plain = found.model_dump(mode="json")
    probe = json.dumps(plain.pop("probe"))
    return f'{json.dumps(plain, indent=1, ensure_ascii=True)[:-2]},\n "probe": {probe}\n}}\n'


def digest(chosen: FilterSection) -> str:
    """What the calibration is, for keys and manifests; without checking that it fits."""
    if chosen.uncalibrated:
        return UNCALIBRATED
    path = _path_of(chosen)
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}" if path.is_file() else "none"


def near_duplicate_cosine(chosen: FilterSection) -> float | None:
    """What the calibration says of near-duplicates; None: nothing, or there is no calibration."""
    if chosen.uncalibrated:
        return None
    path = _path_of(chosen)
    try:
        return Calibration.model_validate_json(path.read_bytes()).near_duplicate_cosine
    except (ValidationError, OSError):
        return None  # scoring has refused it, or will


def described(chosen: FilterSection) -> str:
    """`digest`, and for readers how good it was on images that it was not fitted on."""
    plain = digest(chosen)
    if plain in (UNCALIBRATED, "none"):
        return plain
    try:
        found = Calibration.model_validate_json(_path_of(chosen).read_bytes())
    except (ValidationError, OSError):
        return plain
    good = found.quality
    precision = "" if good.average_precision is None else f"AP {good.average_precision:.2f}, "
    return (
        f"{plain}; held out in {good.folds} folds: ROC AUC {good.auc:.2f}, {precision}ECE "
        f"{good.ece:.2f}, on {found.threat_images} threats and {found.neutral_images} others: "
        f"{found.corpus}"
    )


def _path_of(chosen: FilterSection) -> Path:
    if chosen.calibration is None:
        return path_for(chosen.encoder, chosen.concept_set)
    path = resources.user_path(chosen.calibration)
    if not path.is_file():
        raise UserError(f"filter.calibration: there is no file {path}. {_remedy(chosen)}")
    return path


def _remedy(chosen: FilterSection) -> str:
    return (
        f"Fit one to labelled images: vsfa-data calibrate IMAGES --labels CSV --encoder "
        f"{chosen.encoder} --concepts {chosen.concept_set} --out FILE, and set "
        f"filter.calibration=FILE; or set filter.uncalibrated=true and select by cosine margins"
    )


def _said(error: ValidationError | OSError) -> str:
    """The first fault, in a few words."""
    if isinstance(error, OSError):
        return str(error)
    first = error.errors(include_url=False)[0]
    place = ".".join(str(key) for key in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    return printable(f"{place}: {message}".removeprefix(": "))[:200]


def _check(
    found: Calibration, identity: str, used: ConceptSet, what: str, chosen: FilterSection
) -> None:
    remedy = _remedy(chosen)
    if found.encoder != identity:
        raise UserError(f"filter: {what} another encoder ({found.encoder}). {remedy}")
    if found.concept_set_sha256 != used.content_hash:
        raise UserError(f"filter: {what} {_other_set(found, used, chosen.concept_set)}. {remedy}")
    odd = sorted({*found.weights} - {*used.threat_names, *used.neutral_names})
    if found.method == "concepts" and odd:
        raise UserError(f"filter: {what} other concepts ('{odd[0][:60]}' is none here). {remedy}")


def _other_set(found: Calibration, used: ConceptSet, name: str) -> str:
    """Which concept set it was fitted for instead, as far as that is known."""
    for shipped in concepts.available():
        if concepts.load(shipped).content_hash == found.concept_set_sha256:
            return f"the concept set '{shipped}', not for '{name}'"
    if found.concept_set_version == used.version:
        return (
            f"another concept set than '{name}', or another wording of it (both of version "
            f"{used.version})"
        )
    return (
        f"concept set version {found.concept_set_version}, not for the wording that version "
        f"{used.version} of '{name}' has now"
    )
