"""Does a release folder hold what its manifest says? Recomputes every hash and every count."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vsfa_data.release import charts, inventory, manifest
from vsfa_data.release.configs import MIXED
from vsfa_data.release.fingerprint import SplitDigest, fingerprint
from vsfa_data.release.inspection import Inspection, shortened
from vsfa_data.release.manifest import FunnelStep, Manifest
from vsfa_data.release.markdown import one_line
from vsfa_data.release.tally import Tally

STEPS: Final = ("collect", "filter", "caption", "ask", "release")
_PARQUET: Final = re.compile(r"(\w+)/(train|validation|test)-(\d{5})-of-(\d{5})\.parquet")


@dataclass(frozen=True)
class Verified:
    """What was found: `problems` is empty if all is well, else one line for each finding.

    `fingerprint` is recomputed from the rows; it is None if not all of them could be read.
    `counts` is config -> split -> rows that were read.
    """

    path: Path
    name: str | None
    version: str | None
    fingerprint: str | None
    counts: Mapping[str, Mapping[str, int]]
    problems: tuple[str, ...]


def verify(folder: Path) -> Verified:
    """Check the release in `folder` (or in its `release/`); it may come from anyone.

    Raises UserError if there is none.
    """
    place = inventory.locate(folder)
    try:
        made = inventory.read_manifest(place)
    except inventory.ManifestError as error:
        return Verified(place, None, None, None, {}, (f"{manifest.NAME}: {error}",))
    sound, problems = inventory.check_files(place, made)
    inspection = Inspection(made)
    digests: dict[tuple[str, str], SplitDigest] = {}
    problems += [
        f"{name}: is no part of any split"
        for name in sorted(sound)
        if "/" in name and not _PARQUET.fullmatch(name) and name not in charts.NAMES
    ]
    listed = _splits(made, problems)
    problems += shortened(list(_strangers(made)), manifest.NAME)
    for (config, split), files in listed.items():
        if files and sound.issuperset(files):
            digest = inspection.split(place, config, split, files)
            if digest is not None:
                digests[config, split] = digest
    for (config, split), held in made.splits().items():
        if config == MIXED and inspection.files.keys() >= set(held.files):
            digests[config, split] = SplitDigest(inspection.files[name] for name in held.files)
    problems += inspection.problems
    problems += _disagreements(made, digests)
    problems += [f"{manifest.NAME}: {line}" for line in funnel_problems(made.funnel)]
    found = None
    if digests.keys() == listed.keys() | made.splits().keys():
        found = fingerprint({w: (d.rows, d.hexdigest()) for w, d in digests.items()})
        problems += shortened(list(inspection.unmatched()), "match_id")
        problems += shortened(list(inspection.derived.problems()), "text, mixed")
        problems += _totals(made, inspection.tally, found)
    problems += [f"{manifest.NAME}: {one_line(line)}" for line in inventory.edited(place)]
    counts: dict[str, dict[str, int]] = {}
    for (config, split), digest in digests.items():
        counts.setdefault(config, {})[split] = digest.rows
    return Verified(place, made.name, made.version, found, counts, tuple(problems))


def funnel_problems(funnel: Mapping[str, FunnelStep]) -> Iterator[str]:
    """Where a funnel does not add up: within a step, or from a step to the next of its unit."""
    if list(funnel) != list(STEPS):
        yield f"the funnel's steps are not {', '.join(STEPS)}"
    before: dict[str, tuple[str, int]] = {}
    for step, line in funnel.items():
        if line.taken != line.kept + sum(line.rejected.values()):
            yield (
                f"funnel.{step}: {line.taken} in, but {line.kept} kept and "
                f"{sum(line.rejected.values())} rejected"
            )
        earlier, kept = before.get(line.unit, (step, line.taken))
        if kept != line.taken:
            yield f"funnel.{step}: {line.taken} in, but {earlier} kept {kept}"
        before[line.unit] = (step, line.kept)


def _splits(made: Manifest, problems: list[str]) -> dict[tuple[str, str], list[str]]:
    """(config, split) -> its files in order, empty unless they are parts 0 to n-1 of n."""
    files: dict[tuple[str, str], list[str]] = {
        (config, split): [] for config, split in made.splits() if config != MIXED
    }
    for name in sorted(made.files):
        if found := _PARQUET.fullmatch(name):
            files.setdefault((found[1], found[2]), []).append(name)
    for (config, split), names in files.items():
        total = len(names)
        due = [f"{config}/{split}-{n:05d}-of-{total:05d}.parquet" for n in range(total)]
        if names != due or not names:
            problems.append(f"{manifest.NAME}: the parts of {config}/{split} are not complete")
            files[config, split] = []
    return files


def _strangers(made: Manifest) -> Iterator[str]:
    """Files that a split is said to be made of and that are not read: whoever exports would."""
    for (config, split), held in made.splits().items():
        for name in held.files:
            if config != MIXED or name not in made.files or not _PARQUET.fullmatch(name):
                yield f"{config}/{split}: lists {one_line(repr(name))}, which is no file of it"


def _disagreements(made: Manifest, digests: Mapping[tuple[str, str], SplitDigest]) -> Iterator[str]:
    """Splits whose rows are not those that the manifest speaks of."""
    said = made.splits()
    for (config, split), digest in digests.items():
        where = f"{config}/{split}-*.parquet"
        held = said.get((config, split))
        if held is None:
            yield f"{where}: the manifest knows no such split"
        elif held.rows != digest.rows:
            yield f"{where}: {digest.rows} rows, {manifest.NAME} says {held.rows}"
        elif held.digest != digest.hexdigest():
            yield f"{where}: not the rows, or not the order, that {manifest.NAME} was made for"


def _totals(made: Manifest, tally: Tally, found: str) -> Iterator[str]:
    """Numbers of the manifest that sums over all rows contradict."""
    for name, config in made.configs.items():
        for what in ("pairs", "matched", "concepts"):
            if getattr(tally, what).get(name, 0) != getattr(config, what):
                yield f"{manifest.NAME}: configs.{name}.{what} is not what the rows add up to"
    for what in ("families", "answer_sources", "licenses", "sources"):
        if getattr(tally, what) != getattr(made, what):
            yield f"{manifest.NAME}: {what} is not what the rows add up to"
    rows = tally.sources.total()
    if "release" in made.funnel and made.funnel["release"].kept != rows:
        yield f"{manifest.NAME}: funnel.release kept {made.funnel['release'].kept}, rows are {rows}"
    if found != made.fingerprint:
        yield f"{manifest.NAME}: fingerprint {made.fingerprint[:12]}, the rows make {found[:12]}"
