"""Putting a release folder together: rows, card, licences, manifest, all or nothing.

Memory: ids of all images (`survey`) and 32 bytes of hash for each row, the tables of one shard,
64 MiB of pictures read ahead, for each config, split and half the rows of one row group (32 MiB at
most), and four more of them that are being written or wait for it. None of it but ids and hashes
grows with the number of images.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from vsfa_data import tables
from vsfa_data.errors import CountError, UserError
from vsfa_data.files.swap import replacing
from vsfa_data.processes.interpreter import no_cycles, turns_of
from vsfa_data.recipe import Recipe
from vsfa_data.release import (
    balance,
    card,
    changelog,
    charts,
    croissant,
    inventory,
    licenses,
    manifest,
    previous,
    rows,
)
from vsfa_data.release.compose import Written, compose
from vsfa_data.release.licenses import LicenseList
from vsfa_data.release.survey import Survey, survey
from vsfa_data.release.writing import Writing
from vsfa_data.stages import Shard

_SWITCH_S: Final = 5e-4
"""How long the thread that joins rows may hold the interpreter while the other one waits for it."""


@dataclass(frozen=True)
class Packaged:
    """A finished release. `counts` is config -> split -> rows; `rejects` is tables.REJECTS."""

    path: Path
    fingerprint: str
    counts: Mapping[str, Mapping[str, int]]
    rejects: pa.Table


def package(
    recipe: Recipe,
    shards: Sequence[Shard],
    funnel: Mapping[str, Any],
    identities: Mapping[str, str],
    target: Path,
    progress: Callable[[int], None] | None = None,
) -> Packaged:
    """Join `shards` into a release at `target`, replacing an older release there.

    `funnel` holds the steps before this one; the manifest holds it with `release` added.
    `progress` is called after each shard with the number of its captioned images.
    Raises UserError if nothing is left to publish, SetupError if `target` cannot be written,
    CountError if images were lost or made up on the way.
    """
    last = previous.load(recipe)
    found = survey(recipe, shards, last.splits if last else None)
    if not found.members:
        raise UserError(_nothing_left(found))
    rejects = tables.REJECTS.build(found.rejects)
    with (
        replacing(target, manifest.NAME, inventory.is_of_a_release) as folder,
        contextlib.ExitStack() as opened,
    ):
        # Rows hold no cycles; the thread that writes files needs the interpreter for moments only.
        opened.enter_context(no_cycles())
        opened.enter_context(turns_of(_SWITCH_S))
        writing = Writing(
            folder,
            recipe.release.configs,
            recipe.seed,
            found.members,
            last.origins if last else None,
        )
        opened.callback(writing.abandon)
        written = _write_rows(writing, folder, shards, found, progress)
        # The last rows are being written, and then synced, beside all that follows.
        made = compose(recipe, written, {**funnel, "release": _line(found)}, identities)
        _write_charts(folder, made)
        drafted = card.draft(made, written.tally.examples)
        writing.finish()
        made = _write_texts(folder, made, drafted, manifest.list_files(folder, writing.files), last)
        (folder / manifest.NAME).write_bytes(made.dump())
        writing.settle()
    return Packaged(target, made.fingerprint, made.counts(), rejects)


def _write_rows(
    writing: Writing,
    folder: Path,
    shards: Sequence[Shard],
    found: Survey,
    progress: Callable[[int], None] | None,
) -> Written:
    with contextlib.ExitStack() as opened:
        file = (folder / licenses.NAME).open("w", encoding="utf-8", newline="")
        listed = LicenseList(opened.enter_context(file))
        for shard, counted in zip(shards, found.counted, strict=True):
            for member, row in rows.join(shard, found.members):
                writing.add(member, row)
                listed.add(member.config, member.split, row)
            writing.let_go()
            if progress is not None:
                progress(counted)
        splits = writing.close()
    if writing.pictures != len(found.members):
        raise CountError(
            f"release: {len(found.members)} rows were due, {writing.pictures} were written"
        )
    return Written(writing.tally, splits, balance.of_selection(shards))


def _nothing_left(found: Survey) -> str:
    why = Counter(str(row["reason"]) for row in found.rejects)
    told = ", ".join(f"{number} {reason}" for reason, number in sorted(why.items()))
    return (
        f"nothing to publish: none of {sum(found.counted)} captioned images is left ({told}). "
        f"Look at the rejects of the step 'ask', or set filter.unmatched=keep for no_partner"
    )


def _write_charts(folder: Path, made: manifest.Manifest) -> None:
    (folder / "charts").mkdir()
    for name, data in charts.render(made).items():
        (folder / name).write_bytes(data)


def _write_texts(
    folder: Path,
    made: manifest.Manifest,
    drafted: card.Draft,
    files: dict[str, manifest.File],
    last: previous.Previous | None,
) -> manifest.Manifest:
    """Write what tells of the files of rows, and answer with the manifest of all of them."""
    made = made.model_copy(update={"files": files})
    texts = {
        croissant.NAME: croissant.render(made),
        previous.CHANGELOG: changelog.render(made, folder, last),
        card.NAME: card.finish(drafted, made),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
        files[name] = manifest.describe(folder / name)
    return made.model_copy(update={"files": dict(sorted(files.items()))})


def _line(found: Survey) -> dict[str, Any]:
    reasons = [str(row["reason"]) for row in found.rejects]
    return {
        "unit": "images",
        "in": sum(found.counted),
        "kept": len(found.members),
        "rejected": dict(sorted(Counter(reasons).items())),
    }
