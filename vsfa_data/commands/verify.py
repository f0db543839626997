"""`vsfa-data verify`: whether a release holds what its manifest says, here or on the Hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from vsfa_data.commands.as_json import AsJson
from vsfa_data.commands.hub import Endpoint, Revision, release_folder
from vsfa_data.console.output import answer, print_json, say
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
    revision: Revision = None,
    endpoint: Endpoint = None,
    as_json: AsJson = False,
) -> None:
    """Check every hash and count of a release against its manifest."""
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
    with release_folder(release, revision, endpoint, quiet=quiet) as folder:
        from vsfa_data.release.verify import verify as check

        return check(folder)


def _show(found: Verified) -> None:
    from vsfa_data.console.tables import show_list

    rows = [
        (config, split, str(count))
        for config, splits in found.counts.items()
        for split, count in splits.items()
    ]
    show_list("verified", ("config", "split", "rows"), rows)
    answer(f"fingerprint: {found.fingerprint}")
