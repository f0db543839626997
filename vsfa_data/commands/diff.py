"""`vsfa-data diff`: what changed between two releases, wherever they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from vsfa_data.commands.as_json import AsJson
from vsfa_data.commands.hub import Endpoint, here, is_folder, repository
from vsfa_data.console.output import print_json, result
from vsfa_data.errors import UserError, printable

if TYPE_CHECKING:
    from vsfa_data.release.contents import Contents
    from vsfa_data.release.diff import Difference

EXAMPLES: Final = (
    "vsfa-data diff team/vsfa@v1.1.0 team/vsfa@v1.2.0",
    "vsfa-data diff team/vsfa out/quickstart --revision v1.1.0 --json",
)
_Release = Annotated[str, typer.Argument(help="A release folder or a Hub id, id@tag.")]


def diff(
    a: _Release,
    b: _Release,
    *,
    revision: Annotated[
        str | None, typer.Option(help="Tag, branch or commit of the one that is a Hub id.")
    ] = None,
    endpoint: Endpoint = None,
    as_json: AsJson = False,
) -> None:
    """Show what changed between releases: rows, files, columns.

    Pictures are not read, so that little is downloaded: rows are told apart by image_id.
    """
    if revision is not None and is_folder(a) == is_folder(b):
        raise UserError(
            f"--revision {printable(revision)} is for a folder and a Hub id. "
            f"Write a revision behind its id: team/vsfa@v1.0.0"
        )
    before, after = (_read(one, revision, endpoint) for one in (a, b))
    from vsfa_data.release.diff import diff as compare

    found = compare(before, after)
    if as_json:
        print_json(found.plain())
    else:
        _show(found)


def _read(text: str, revision: str | None, endpoint: str | None) -> Contents:
    if is_folder(text):
        from vsfa_data.release import inventory
        from vsfa_data.release.contents import Folder, read

        return read(Folder(inventory.locate(here(text)), text))
    from vsfa_data.release.hub.names import parse_place

    place = parse_place(text, revision)
    with repository(place, endpoint, quiet=True) as found:
        from vsfa_data.release.contents import read
        from vsfa_data.release.hub.source import at

        return read(at(found, place))


def _show(found: Difference) -> None:
    from vsfa_data.console import streams
    from vsfa_data.console.tables import show_list

    rows = [
        (config, *(f"{number:,}" for number in (r.before, r.added, r.removed, r.changed, r.after)))
        for config, r in found.rows.items()
    ]
    title = f"{found.a} ({found.versions[0]}) -> {found.b} ({found.versions[1]})"
    columns = ("rows", "before", "added", "removed", "changed", "after")
    show_list(title, columns, rows)
    changed = [
        (f"{group.by} {group.name}", f"{group.before:,}", f"{group.after:,}")
        for group in found.groups
        if group.before != group.after and group.by != "config"
    ]
    if changed:
        show_list("counts that changed", ("rows by", "before", "after"), changed)
    named = [
        (kind, how, ", ".join(names))
        for kind, sets in (("files", found.files), ("columns", found.columns))
        for how, names in sets.items()
        if names
    ]
    named += [
        ("changed in rows", config, ", ".join(f"{name} ({n})" for name, n in r.columns.items()))
        for config, r in found.rows.items()
        if r.columns
    ]
    if named:
        show_list("what else", ("", "", "names"), named)
    same = "the same" if found.fingerprints[0] == found.fingerprints[1] else "different"
    with result():
        streams.stdout.print(f"fingerprints: {same}")
