"""What the commands that talk to the Hub share: their options, and telling folders from ids."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vsfa_data.commands.interrupt import ending
from vsfa_data.errors import UserError
from vsfa_data.files.near_folder import meant

if TYPE_CHECKING:
    from vsfa_data.release.hub.names import Place
    from vsfa_data.release.hub.remote import Repository

Revision = Annotated[
    str | None, typer.Option(help="Tag, branch or commit of a Hub id. Default: main.")
]
Endpoint = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Address of the Hub. Default: HF_ENDPOINT, else the Hub."),
]


def is_folder(text: str) -> bool:
    """Whether a word means a folder: one that is there, or what looks like no repository id."""
    return (
        os.path.lexists(text)
        or text.startswith((".", "/", "~"))
        or text.partition("@")[0].count("/") != 1
    )


@contextlib.contextmanager
def repository(place: Place, endpoint: str | None, *, quiet: bool) -> Iterator[Repository]:
    """The repository of a place on the Hub, with the user's token if there is one."""
    from vsfa_data.release.hub.session import choose_endpoint, choose_transfer

    address = choose_endpoint(endpoint)
    choose_transfer(address)
    from vsfa_data.release.hub.remote import Repository
    from vsfa_data.release.hub.session import Patience, connected, find_token

    patience = Patience()
    with (
        ending("interrupted. Nothing was changed"),
        connected(address, find_token(), patience, quiet=quiet) as api,
    ):
        found = Repository(api, place.repo_id, patience)
        try:
            looked = Repository(api, place.repo_id, patience.quick()).look()
        except UserError as error:
            raise UserError(
                f"there is no folder {place} here, and {error}{meant(str(place))}"
            ) from error
        if looked is None:
            raise UserError(
                f"there is no folder {place} here, and there is no such dataset on the Hub, or it "
                f"is private and the token may not see it. Check the name, and log in with "
                f"'hf auth login' or set HF_TOKEN{meant(str(place))}"
            )
        yield found


@contextlib.contextmanager
def release_folder(
    release: str, revision: str | None, endpoint: str | None, *, quiet: bool
) -> Iterator[Path]:
    """A folder with a release: one of this machine, or a revision on the Hub, downloaded.

    What was downloaded is gone when the block ends.
    """
    if is_folder(release):
        if revision is not None:
            raise UserError(
                f"{release} is a folder, and folders have no --revision. Leave it out, or give "
                f"a Hub id such as team/vsfa"
            )
        yield here(release)
        return
    from vsfa_data.release.hub.names import parse_place

    place = parse_place(release, revision)
    with repository(place, endpoint, quiet=quiet) as found:
        from vsfa_data.release.hub.source import fetched

        with fetched(found, place) as folder:
            yield folder


def here(text: str) -> Path:
    """A folder as the user typed it."""
    from vsfa_data.resources import user_path

    return user_path(text)
