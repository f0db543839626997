"""What a build has rejected so far: read from its folder, while it runs or afterwards."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from vsfa_data import tables
from vsfa_data.errors import UserError, WorkspaceError, printable
from vsfa_data.files import near_folder
from vsfa_data.files.parquet import read_shard
from vsfa_data.pipeline.steps import STEPS, WRITERS
from vsfa_data.release.step import NOTE
from vsfa_data.workspace import StageFolder

RELEASE: Final = "release"
"""The step that is no stage: it counts what it rejects, and keeps no rows of it."""
NAMES: Final = tuple(
    dict.fromkeys(
        name for step, kinds in STEPS.items() for name in (step, *(k.name for k in kinds))
    )
)
"""Every step and stage, in their order."""
LAST: Final = [kind.name for kinds in STEPS.values() for kind in kinds][-1]


class Group(NamedTuple):
    """Rejects that share stage and reason."""

    step: str
    stage: str
    reason: str


class Row(NamedTuple):
    """One of them, as `tables.REJECTS` has it; of a pair, `source_ref` is its image's."""

    group: Group
    image_id: str | None
    source_ref: str | None
    detail: str | None


@dataclass
class Found:
    """How many were rejected, a sample of each group, and what to know of the figures."""

    counts: dict[Group, int] = field(default_factory=dict)
    """In the order of the stages; in each, the most frequent reason first."""
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read(out: Path, limit: int, reason: str | None = None, stage: str | None = None) -> Found:
    """Counts, and up to `limit` rows of each group at even distances, of the build in `out`.

    `stage` may be a step as well: all of its stages. Raises UserError for a folder without a
    build, and for a stage or a reason that there is none of.
    """
    _check(out, reason, stage)
    found, kept, unit, last = Found(), None, "", ""
    for step, kind in ((step, kind) for step, kinds in STEPS.items() for kind in kinds):
        folder = StageFolder(out / "work" / kind.name)
        if not (shards := _shards(folder)):
            continue
        last, is_wanted = kind.name, stage in (None, step, kind.name)
        try:
            counts = folder.counts(shards)
            chosen = _chosen(counts.rejected, step, kind.name, reason) if is_wanted else {}
            rows = list(_sample(out / "work", folder, chosen, limit))
        except WorkspaceError:
            if set(shards) <= set(_shards(folder)):
                raise
            found.notes.append(f"{last} has just begun anew: nothing of it is counted")
            continue
        if folder.finished() is None:
            found.notes.append(f"{last} has not ended: counted is what it has so far")
        elif kept not in (None, counts.counted) and unit == kind.writes.unit:
            found.notes.append(f"{last} and what follows are of an earlier build")
        kept, unit = counts.kept, kind.writes.unit
        found.counts |= chosen
        found.rows += rows
    if not found.notes and last != LAST:
        found.notes.append(f"{last} is the last stage that has run" if last else "no stage has run")
    if stage in (None, RELEASE):
        found.counts |= _chosen(_released(out), RELEASE, RELEASE, reason)
    return found


def _released(out: Path) -> dict[str, int]:
    """What the release has rejected."""
    noted = StageFolder(out / "work" / RELEASE).read_beside(NOTE).get("funnel", {})
    return dict(noted.get("rejected", {}))


def _check(out: Path, reason: str | None, stage: str | None) -> None:
    if not (out / "work").is_dir():
        other = "" if out.is_dir() else near_folder.meant(str(out))
        raise UserError(f"{out} holds no build: give the --out folder of one{other}")
    codes = "the codes in docs/tables.md; without --reason, those of this build are shown"
    for option, given, allowed, named in (
        ("stage", stage, NAMES, ", ".join(NAMES)),
        ("reason", reason, tables.REASONS, codes),
    ):
        if given is not None and given not in allowed:
            near = difflib.get_close_matches(given, allowed, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise UserError(f"--{option} {printable(given)} is none of {named}.{hint}")


def _chosen(
    rejected: Mapping[str, int], step: str, stage: str, reason: str | None
) -> dict[Group, int]:
    ranked = sorted(rejected.items(), key=lambda item: (-item[1], item[0]))
    return {Group(step, stage, code): n for code, n in ranked if reason in (None, code)}


def _shards(folder: StageFolder) -> list[int]:
    """Numbers of the shards that are finished."""
    ends = (path.stem.rpartition("-")[2] for path in folder.path.glob("part-*.parquet"))
    return sorted(number for number in map(int, filter(str.isdecimal, ends)) if folder.has(number))


def _sample(work: Path, folder: StageFolder, counts: dict[Group, int], limit: int) -> Iterator[Row]:
    """Up to `limit` rows of each group, in the order of the groups."""
    places = {group: _spread(count, limit) for group, count in counts.items()}
    seen, rows = Counter[Group](), dict[Group, list[Row]]()
    for number in _shards(folder) if any(places.values()) else ():
        picked: list[Row] = []
        for row in read_shard(folder.rejects(number)).to_pylist():
            group = Group(row["step"], folder.path.name, row["reason"])
            if seen[group] in places.get(group, ()):
                picked.append(Row(group, row["image_id"], row["source_ref"], row["detail"]))
            seen[group] += 1
        for one in _with_references(work, number, picked):
            rows.setdefault(one.group, []).append(one)
    for group in counts:
        yield from rows.get(group, ())


def _spread(count: int, limit: int) -> frozenset[int]:
    """Up to `limit` of `count` places, at even distances."""
    few = min(count, limit)
    return frozenset(at * count // few for at in range(few))


def _with_references(work: Path, number: int, rows: Collection[Row]) -> Iterator[Row]:
    """`rows` of shard `number`; those of pairs and captions get their image's source_ref."""
    wanted = {row.image_id for row in rows if row.source_ref is None} - {None}
    images, unique = (
        StageFolder(work / WRITERS[table.name]).rows(number)
        for table in (tables.IMAGES, tables.UNIQUE)
    )
    known: dict[str, str] = {}
    if wanted and images.exists() and unique.exists():
        stands = set(read_shard(unique, ["position"])["position"].to_pylist())
        for image in read_shard(images, ["image_id", "position", "source_ref"]).to_pylist():
            if image["position"] in stands:
                known[image["image_id"]] = image["source_ref"]
    for row in rows:
        yield row._replace(source_ref=row.source_ref or known.get(row.image_id or ""))
