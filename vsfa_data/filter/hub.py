"""Model files of the Hugging Face Hub: from the local cache if they are there, else fetched.

What is in the cache is used without asking the Hub, so that a build neither waits for the
network nor changes because somebody pushed; without a network it fails in seconds.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from vsfa_data.errors import SetupError, printable

TIMEOUT_S: Final = 5.0
"""How long the Hub may take to answer that it is there."""


def snapshot(repo: str, revision: str | None, files: Sequence[str], wanted: str) -> Path:
    """Folder with those of `files` (patterns of fnmatch) that the repo has at `revision`.

    `files[0]` must be among them. `wanted` names what needs it in errors.
    Raises SetupError, in one line that says how to get the files, if they cannot be had.
    """
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        found = Path(_fetch(repo, revision, files, local_only=True))
        if any(found.glob(files[0])):
            return found
    except LocalEntryNotFoundError:
        pass
    except HFValidationError as error:
        raise SetupError(f"{wanted}: {printable(str(error))[:200]}") from None
    shown = repo if revision is None else f"{repo} at revision {revision}"
    _check_reachable(shown, wanted, repo)
    try:
        found = Path(_fetch(repo, revision, files, local_only=False))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        said = printable(str(error))[:200]
        raise SetupError(f"{wanted}: cannot download {shown} ({said}). {_remedy(repo)}") from None
    if not any(found.glob(files[0])):
        raise SetupError(f"{wanted}: {shown} holds no {files[0]}")
    return found


def _fetch(repo: str, revision: str | None, files: Sequence[str], *, local_only: bool) -> str:
    from huggingface_hub import snapshot_download

    return snapshot_download(
        repo, revision=revision, allow_patterns=list(files), local_files_only=local_only
    )


@contextmanager
def offline() -> Iterator[None]:
    """Libraries that are about to load files, all of which are here, do not ask the Hub."""
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def _check_reachable(shown: str, wanted: str, repo: str) -> None:
    """The Hub's own client tries for 25 seconds; one short question tells as much."""
    from huggingface_hub import constants

    missing = f"{wanted}: {shown} is not in the local cache and"
    if constants.is_offline_mode():
        raise SetupError(f"{missing} HF_HUB_OFFLINE is set. {_remedy(repo)}")
    address = constants.ENDPOINT
    if not address.startswith(("https://", "http://")):
        raise SetupError(f"{missing} HF_ENDPOINT is no http(s) address")
    try:
        question = urllib.request.Request(address, method="HEAD")  # noqa: S310  checked above
        with urllib.request.urlopen(question, timeout=TIMEOUT_S):  # noqa: S310  checked above
            pass
    except urllib.error.HTTPError:
        pass  # it answers
    except (OSError, ValueError) as error:
        said = printable(str(getattr(error, "reason", error)))[:100]
        raise SetupError(f"{missing} {address} does not answer ({said}). {_remedy(repo)}") from None


def _remedy(repo: str) -> str:
    return (
        f"Where there is a network, run: hf download {repo} --local-dir FOLDER; "
        f"then bring FOLDER here and point to it (model: local-dir:FOLDER)"
    )
