"""Folders by name: one on this machine, or a Hub repository at a revision that is written down."""

from __future__ import annotations

import contextlib
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from vsfa_data.errors import SetupError, UserError, printable
from vsfa_data.files.near_folder import meant
from vsfa_data.resources import user_path

_ID: Final = re.compile(r"(?P<id>[\w.-]{1,96}/[\w.-]{1,96})(@(?P<revision>[\w./-]{1,200}))?")
_CACHED: Final = re.compile(r"models--(?P<id>[^/]+)/snapshots/(?P<sha>[0-9a-f]{40})/?$")
_HTTP_LIBRARIES: Final = frozenset({"httpx", "httpx2"})


@dataclass(frozen=True)
class Place:
    """A folder with what was asked for. The last two are None for one that is no download."""

    path: Path
    id: str | None
    revision: str | None
    """Full commit hash, whatever branch or tag was asked for."""


def find(
    given: str, kind: Literal["dataset", "model"], files: Sequence[str], what: str = ""
) -> Place:
    """The folder `given`, or the Hub repository `id` or `id@revision`, downloaded if need be.

    Of a repository only what the patterns `files` match is fetched. A finished download is found
    again offline, by its revision. Raises UserError if there is neither, SetupError if the Hub
    cannot be reached; they call it `what`, or its kind.
    """
    if given and (folder := user_path(given)).exists():
        cached = _CACHED.search(str(folder.absolute()))
        return Place(
            folder,
            cached["id"].replace("--", "/") if cached else None,
            cached["sha"] if cached else None,
        )
    named = _ID.fullmatch(given)
    if named is None:
        raise UserError(
            f"no {what or kind} '{printable(given)[:200]}': it is no folder on this machine, nor a "
            f"Hub id like name/{kind} or name/{kind}@v1.0.0{meant(given)}"
        )
    path = _download(named["id"], named["revision"], kind, files, what or kind)
    return Place(path, named["id"], path.name)


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """The client tells each of its attempts; what came of them is told once, by an error."""
    from huggingface_hub.utils import logging as module

    logging: Any = module
    before = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(before)


def _tags(repo: str, kind: Literal["dataset", "model"]) -> str:
    from huggingface_hub import HfApi

    from vsfa_data.release.hub.names import tags_told

    # Whatever this one ends with: what was asked for has failed already, and that is told.
    with contextlib.suppress(Exception), _quietly():
        refs = HfApi().list_repo_refs(repo, repo_type=kind)
        return tags_told(tag.name for tag in refs.tags)
    return "Look at its tags on the Hub, or leave out the @ for the newest"


@contextlib.contextmanager
def downloading(*, quiet: bool) -> Iterator[None]:
    """The client draws bars of its own; only where a person looks at them, and unless `quiet`."""
    from huggingface_hub import utils

    shown: Any = utils
    drawn = not shown.are_progress_bars_disabled()
    with warnings.catch_warnings(action="ignore"):  # HF_HUB_DISABLE_PROGRESS_BARS=0 has its way
        if quiet or not sys.stderr.isatty():
            shown.disable_progress_bars()
    try:
        yield
    finally:
        if drawn:
            shown.enable_progress_bars()


def _download(
    repo: str,
    revision: str | None,
    kind: Literal["dataset", "model"],
    files: Sequence[str],
    what: str,
) -> Path:
    from huggingface_hub import errors, snapshot_download

    where = f"{repo}@{revision}" if revision else repo
    try:
        with _quietly():
            return Path(
                snapshot_download(
                    repo, repo_type=kind, revision=revision, allow_patterns=list(files)
                )
            )
    except errors.GatedRepoError:
        raise UserError(
            f"{what} {where}: access must be asked for on its page on the Hub. When it is granted, "
            f"run: hf auth login"
        ) from None
    except errors.RevisionNotFoundError:
        raise UserError(f"{what} {repo} has no version '{revision}'. {_tags(repo, kind)}") from None
    except errors.RepositoryNotFoundError:
        raise UserError(
            f"no {what} '{where}': there is no such folder on this machine, and no such repository "
            f"on the Hub. Look for a typing error; if it is private, run: hf auth login"
            f"{meant(repo)}"
        ) from None
    except errors.LocalEntryNotFoundError as error:
        why = printable(str(error.__cause__ or error))[:200]
        raise SetupError(
            f"no {what} '{where}': there is no such folder on this machine, and the Hub cannot be "
            f"asked for a repository of that name ({why}). Look for a typing error, or at the "
            f"network, and run the same command again{meant(repo)}"
        ) from None
    except Exception as error:
        # The client lets errors of its HTTP library through, which has two names by now.
        if not (
            isinstance(error, OSError) or type(error).__module__.split(".")[0] in _HTTP_LIBRARIES
        ):
            raise
        raise SetupError(
            f"{what} {where} could not be downloaded ({printable(str(error))[:200]}). Look at the "
            f"network and run the same command again: what has arrived is kept"
        ) from None
