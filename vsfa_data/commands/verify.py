"""`vsfa-data verify`: whether a release holds what its manifest says, here or on the Hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from vsfa_data.commands.hub import Endpoint, here, is_folder, repository
from vsfa_data.commands.output import AsJson, print_json, say
from vsfa_data.errors import UserError

if TYPE_CHECKING:
    from vsfa_data.release.verify import Verified

EXAMPLES: Final = (
    "vsfa-data verify out/quickstart",
    "vsfa-data verify team/vsfa --revision v1.2.0",
)
_SHOWN: Final = 20


def verify(
    release: Annotated[
        str, typer.Argument(help="A release folder, the --out of a build, or a Hub id.")
    ],
    *,
    revision: Annotated[
        str | None, typer.Option(help="Tag, branch or commit of a Hub id. Default: main.")
    ] = None,
    endpoint: Endpoint = None,
    as_json: AsJson = False,
) -> None:
    """Recompute every hash and count of a release and compare them with its manifest."""
    found = _check(release, revision, endpoint, quiet=as_json)
    if as_json:
        print_json(
            {
                "verified": not found.problems,
                "fingerprint": found.fingerprint,
                "configs": found.counts,
                "problems": found.problems,
            }
        )
    elif not found.problems:
        _show(found)
    if found.problems:
        for problem in found.problems[:_SHOWN]:
            say(problem)
        many = "a problem" if len(found.problems) == 1 else f"{len(found.problems)} problems"
        raise UserError(
            f"{release} is not as its manifest says: {many}, named above. Build or download it "
            f"again"
        )


def _check(release: str, revision: str | None, endpoint: str | None, *, quiet: bool) -> Verified:
    if is_folder(release):
        from vsfa_data.release.verify import verify as check

        if revision is not None:
            raise UserError(
                f"{release} is a folder, and folders have no --revision. Leave it out, or give "
                f"a Hub id such as team/vsfa"
            )
        return check(here(release))
    from vsfa_data.release.hub.names import parse_place

    place = parse_place(release, revision)
    with repository(place, endpoint, quiet=quiet) as found:
        from vsfa_data.release.hub.source import fetched
        from vsfa_data.release.verify import verify as check

        with fetched(found, place) as folder:
            return check(folder)


def _show(found: Verified) -> None:
    from vsfa_data import console

    rows = [
        (config, split, str(count))
        for config, splits in found.counts.items()
        for split, count in splits.items()
    ]
    console.show_table("verified", ("config", "split", "images"), rows)
    console.stderr.print(f"fingerprint: {found.fingerprint}")
