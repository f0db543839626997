"""`vsfa-data collect --forget REF`: list an image as never to be collected again."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vsfa_data.commands import alike
from vsfa_data.console.output import print_json, say
from vsfa_data.errors import UserError, printable

if TYPE_CHECKING:
    from vsfa_data.collect.tombstones import Tombstones
    from vsfa_data.recipe import Recipe

_CUT_IMAGE_ID: Final = re.compile(r"[0-9a-f]{8,63}")


def forget(
    recipe: Recipe, out: Path, references: Sequence[str], reason: str | None, *, as_json: bool
) -> None:
    """Add `references`, each an image_id or a source_ref, to the tombstones in `out`, and say so.

    What was collected under one is listed by both, so that the same picture stays away wherever
    else it turns up; near-duplicates are told, not listed. Raises UserError if there is nothing to
    list or nowhere to list it.
    """
    from vsfa_data.collect import forgetting, tombstones
    from vsfa_data.workspace import Workspace

    if not all(reference.strip() for reference in references):
        raise UserError("--forget needs an image_id or a source_ref, as in the release's columns")
    with Workspace(out) as workspace:
        listed = tombstones.of(recipe, workspace.out)
        place = workspace.out / tombstones.FILE
        added = dict[tuple[str, str], None]()
        told = []
        for reference in references:
            found = forgetting.find(workspace.stage("collect"), reference)
            new = [one for one in found or [_split(reference)] if not _is_listed(one, listed)]
            added |= dict.fromkeys(new)
            what = _told(reference, len(found), is_new=bool(new))
            told.append((reference, len(found), what))
        near = alike.alike(workspace.stage("collect"), references, listed.joined(added))
        today = dt.datetime.now(tz=dt.UTC).date().isoformat()
        rows = [
            dict(zip(tombstones.COLUMNS, (*one, printable(reason or ""), today), strict=True))
            for one in added
        ]
        if rows:
            tombstones.add(place, rows)
    if as_json:
        collected = {reference: count for reference, count, _ in told}
        print_json({"file": str(place), "added": rows, "collected": collected, "alike": near})
        return
    for reference, _, what in told:
        say(f"{reference}: {what}")
        if reference in near:
            say(alike.told(near[reference]))
    say(f"{len(rows)} added to {place}. What is listed goes with the next build into {out}")


def _split(reference: str) -> tuple[str, str]:
    """image_id and source_ref, one of them empty."""
    from vsfa_data.collect.tombstones import IMAGE_ID

    return (reference, "") if IMAGE_ID.fullmatch(reference) else ("", reference)


def _is_listed(one: tuple[str, str], listed: Tombstones) -> bool:
    """Whether an image is listed as strictly as it can be."""
    image_id, source_ref = one
    return image_id in listed.image_ids if image_id else source_ref in listed.references


def _told(reference: str, count: int, *, is_new: bool) -> str:
    if not is_new:
        return "is listed already"
    if count:
        return f"{count} collected image{'s' if count > 1 else ''}"
    if _CUT_IMAGE_ID.fullmatch(reference):
        return (
            f"not among the images collected here. It is listed as a source_ref, for an image_id "
            f"has 64 hexadecimal digits, not {len(reference)}: if it is the beginning of one, run "
            f"the command with all of it, and take this line out of the file again"
        )
    return (
        "not among the images collected here. It is listed all the same; if it is misspelt, take "
        "its line out of the file again"
    )
