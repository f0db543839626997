"""What would take the place of a picture that is forgotten: its near-duplicates."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from vsfa_data.collect.tombstones import Tombstones
    from vsfa_data.workspace import StageFolder

_NAMED: Final = 5


def alike(
    folder: StageFolder, references: Sequence[str], listed: Tombstones
) -> dict[str, list[str]]:
    """Reference -> source_ref of the near-duplicates of its pictures that are not `listed`.

    By perceptual hashes, as collected pictures have no others yet. Those without any are left out.
    """
    import numpy as np

    from vsfa_data.collect import forgetting
    from vsfa_data.filter.clusters import near_duplicates

    rows = forgetting.collected(folder)
    if not any(set(references).intersection(row[:2]) for row in rows):
        return {}
    clusters = near_duplicates(np.array([int(phash, 16) for *_, phash in rows], np.uint64)).tolist()
    found = {}
    for reference in dict.fromkeys(references):
        pairs = list(zip(rows, clusters, strict=True))
        own = {cluster for row, cluster in pairs if reference in row[:2]}
        near = [row for row, cluster in pairs if cluster in own]
        if names := [name for image_id, name, _ in near if not listed.holds(image_id, name)]:
            found[reference] = names
    return found


def told(names: Sequence[str]) -> str:
    """That these are near-duplicates of what is forgotten, and how to forget them too."""
    named = " ".join(f"--forget {shlex.quote(name)}" for name in names[:_NAMED])
    if len(names) == 1:
        return (
            f"1 other collected picture is a near-duplicate of it (by perceptual hash) and may be "
            f"published in its place. To forget it too, run the same command with {named}"
        )
    rest = ", then again for the rest" if len(names) > _NAMED else ""
    return (
        f"{len(names)} other collected pictures are near-duplicates of it (by perceptual hash) and "
        f"may be published in its place. To forget them too, run the same command with "
        f"{named}{rest}"
    )
