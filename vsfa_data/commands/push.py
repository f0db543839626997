"""`vsfa-data push`: a release goes to the Hub, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from vsfa_data.commands.as_json import AsJson
from vsfa_data.commands.hub import Endpoint, here
from vsfa_data.commands.interrupt import ending
from vsfa_data.console.output import answer, print_json, say

if TYPE_CHECKING:
    from vsfa_data.release.hub.plan import Action
    from vsfa_data.release.hub.push import Pushed

EXAMPLES: Final = (
    "vsfa-data push out/quickstart team/vsfa --dry-run",
    "vsfa-data push out/quickstart team/vsfa --gated manual --public",
    "vsfa-data push out/quickstart team/vsfa --pr",
)
INTERRUPTED: Final = (
    "interrupted. main and all tags are whole: as they were, or the new version. Run the same "
    "command again to go on: what is uploaded is kept"
)
_ANONYMOUS: Final = (
    "no token: this is what anybody can see of {}. {} was not asked. Run 'hf auth login', or set "
    "HF_TOKEN, for the plan of a push"
)
_UNSEEN: Final = {
    True: "Whether there is a private repository of that name",
    False: "Whether you may write to it",
}
_HIDDEN: Final = (
    "Its gate hid what it holds: whether that is this dataset, and whether every picture keeps its "
    "split, is for a push with a token to see"
)
_READERS: Final = {
    "auto": "It is gated: readers ask for access on its page, and get it at once",
    "manual": "It is gated: readers ask for access on its page, and you let them in",
}


def push(
    folder: Annotated[Path, typer.Argument(help="A release folder, or the --out of a build.")],
    repo_id: Annotated[str, typer.Argument(help="Dataset repository, OWNER/NAME.")],
    *,
    private: Annotated[
        bool, typer.Option("--private", help="Refuse unless the repository is private.")
    ] = False,
    public: Annotated[
        bool, typer.Option("--public", help="Make it public when all is done.")
    ] = False,
    gated: Annotated[
        Literal["auto", "manual", "no"] | None,
        typer.Option(help="Who may read: on request, by hand, all. Default: the recipe's."),
    ] = None,
    pull_request: Annotated[
        bool, typer.Option("--pr", help="Leave a pull request for someone else to merge.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done, with sizes.")
    ] = False,
    endpoint: Endpoint = None,
    as_json: AsJson = False,
) -> None:
    """Push a release to the Hub: verified, tagged, all or nothing.

    A new repository is private. Run the same command again after any failure: it goes on.
    """
    from vsfa_data.release.hub.session import choose_endpoint, choose_transfer, find_token

    address = choose_endpoint(endpoint)
    choose_transfer(address)
    from vsfa_data.release.hub.plan import Wishes
    from vsfa_data.release.hub.push import Target
    from vsfa_data.release.hub.push import push as run

    wishes = Wishes(private, public, gated, pull_request)
    tell = _nothing if as_json or dry_run else _tell
    target = Target(repo_id, address, find_token(), quiet=as_json, tell=tell)
    with ending(INTERRUPTED):
        done = run(here(str(folder)), target, wishes, dry_run=dry_run)
    url = f"{address}/datasets/{repo_id}"
    if as_json:
        print_json(_plain(done, url))
    else:
        _show(done, url)


def _nothing(action: Action) -> None:
    """Say nothing."""


def _tell(action: Action) -> None:
    say(line(action))


def line(action: Action) -> str:
    """An action in words: `upload to the branch staging-v1.0.0: 5 files, 3.2 MB`."""
    size = "" if action.files is None else f": {action.files:,} files, {megabytes(action.bytes)}"
    return f"{action.action} {action.what}{size}"


def megabytes(size: int | None) -> str:
    """Bytes for people, in units of 1000."""
    value = float(size or 0)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{value:,.0f} {unit}" if unit == "bytes" else f"{value:,.1f} {unit}"


def _plain(done: Pushed, url: str) -> dict[str, Any]:
    return {
        "repo_id": done.repo_id,
        "url": url,
        "version": done.version,
        "tag": f"v{done.version}",
        "status": done.status,
        "private": done.private,
        "gated": done.gate,
        "commit": done.commit,
        "pull_request": done.pull_request,
        "anonymous": done.anonymous,
        "hidden": done.hidden,
        "actions": [action.plain() for action in done.actions],
    }


def _show(done: Pushed, url: str) -> None:
    tag = f"v{done.version}"
    if done.status == "planned":
        for action in done.actions:
            answer(f"would {line(action)}")
        if not done.actions:
            answer(f"nothing to do: {done.repo_id} has {tag} with this very content")
        if done.anonymous:
            say(_ANONYMOUS.format(done.repo_id, _UNSEEN[done.private]))
        if done.hidden:
            say(_HIDDEN)
        return
    if done.status == "unchanged":
        say(f"nothing uploaded: {done.repo_id} has {tag} with this very content")
    elif done.status == "pull_request":
        say(f"ready to be merged: {url}/discussions/{done.pull_request}")
        say(f"Once it is merged, run the same command without --pr to tag it {tag}")
        return
    else:
        say(f"published {tag}: {url}/tree/{tag}")
    if done.private:
        say("It is private: only its owners can read it. To open it, add --public")
    elif done.gate in _READERS:
        say(_READERS[done.gate])
    say(f'load it with: load_dataset("{done.repo_id}", revision="{tag}")')
