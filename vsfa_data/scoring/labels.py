"""What people say is in pictures: a CSV file with a path and a label in each row."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from vsfa_data.errors import UserError, printable
from vsfa_data.filter.concepts import ConceptSet

NEUTRAL: Final = "neutral"
THREAT: Final = "threat"
_PATHS: Final = ("path", "file")
_LABELS: Final = ("label", "kind")
_WORDS: Final = {"1": THREAT, "true": THREAT, "0": NEUTRAL, "false": NEUTRAL}


class Labels(dict[str, str]):
    """Path of a picture -> `neutral`, `threat`, or the threat concept or category that it shows."""

    missing = 0
    """Labelled paths that are none of the pictures'."""


def read(file: Path, names: Iterable[str], concept_set: ConceptSet) -> Labels:
    """The labels of `names`, which are paths below the folder of pictures.

    Rows that speak of none of them are counted alone, and empty labels are passed over. A column
    `concept`, if there is one, says more precisely what a threat is.
    Raises UserError for a file without the columns, a label that is none, and no match at all.
    """
    known, wanted = {*concept_set.threat_names, *concept_set.categories}, set(names)
    found, strange = Labels(), set[str]()
    for number, given, label in _rows(file, known):
        path = _below(given, wanted)
        if path is None and label:
            strange.add(given)
        if path is None or not label:
            continue
        if label not in {NEUTRAL, THREAT} and label not in known:
            raise UserError(
                f"{file}, line {number}: '{label[:60]}' is no label. Use threat, neutral, or one "
                f"of: {', '.join((*concept_set.categories, *concept_set.threat_names))[:300]}"
            )
        if found.setdefault(path, label) != label:
            raise UserError(f"{file}, line {number}: '{path[:200]}' has two labels")
    if not found:
        example = f" ('{min(strange)[:100]}' is none)" if strange else ""
        raise UserError(
            f"{file} labels none of the pictures; its column 'path' is to hold paths below the "
            f"folder{example}"
        )
    found.missing = len(strange)
    return found


def _below(path: str, names: set[str]) -> str | None:
    """That of `names` which is meant, as it stands or as other shells write it."""
    plain = path.replace("\\", "/").removeprefix("./")
    return next((one for one in (path, plain) if one in names), None)


def _rows(file: Path, known: set[str]) -> Iterable[tuple[int, str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            path, label = _columns(file, reader.fieldnames or ())
            for row in reader:
                said = (row[label] or "").strip()
                said = _WORDS.get(said.lower(), said)
                more = (row.get("concept") or "").strip()
                if said == THREAT and more in known:
                    said = more
                yield reader.line_num, (row[path] or "").strip(), said
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        said = printable(str(error))[:200]
        raise UserError(f"{file} cannot be read as labels: {said}") from None


def _columns(file: Path, names: Sequence[str]) -> tuple[str, str]:
    path = next((name for name in _PATHS if name in names), None)
    label = next((name for name in _LABELS if name in names), None)
    if path is None or label is None:
        given = printable(", ".join(names))[:100] or "none"
        raise UserError(
            f"{file} needs the columns path and label, separated by commas; it has: {given}"
        )
    return path, label
