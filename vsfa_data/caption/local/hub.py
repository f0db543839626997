"""Model files from the Hub, pinned to a commit: downloaded once, then used where they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from vsfa_data.errors import SetupError, UserError

_TIMEOUT_S: Final = 10.0


def folder(repo: str, revision: str | None, files: Sequence[str], *, download: bool) -> Path:
    """Where the files of `repo` at `revision` that match `files` lie.

    Raises UserError if the revision is not given or is not there, SetupError if the Hub cannot
    be reached and the files are not here.
    """
    if download and (problem := _unreachable(repo, revision)) is None and revision is not None:
        return Path(_snapshot(repo, revision, files))
    if revision is None:
        raise UserError(
            f"caption.revision is not given: {repo} is on the Hub, where branches move. Add "
            f"--set caption.revision=COMMIT, 40 hex digits (see its page, 'Files', 'History')"
        )
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(_snapshot(repo, revision, files, local_files_only=True))
    except LocalEntryNotFoundError:
        why = f" ({problem})" if download and problem else ""
        raise SetupError(
            f"the model {repo} at {revision[:12]} is not on this machine and the Hub cannot be "
            f"reached{why}. Copy its folder here and use --set caption.model=FOLDER "
            f"--set caption.revision=null, or run once where there is a network"
        ) from None


def _snapshot(repo: str, revision: str, files: Sequence[str], **options: Any) -> str:
    from huggingface_hub import snapshot_download

    return str(snapshot_download(repo, revision=revision, allow_patterns=list(files), **options))


def _unreachable(repo: str, revision: str | None) -> str | None:
    """Why the Hub cannot be asked now, or None. Raises UserError for a name it does not have."""
    from huggingface_hub import HfApi, constants, errors

    if constants.HF_HUB_OFFLINE:
        return "HF_HUB_OFFLINE is set"
    try:
        # Unlike a download this is tried once, so that a machine without network fails at once.
        found = HfApi().model_info(repo, revision=revision, timeout=_TIMEOUT_S)
    except errors.GatedRepoError:
        raise SetupError(
            f"the model {repo} is gated. Accept its terms on its page on the Hub, then log in "
            f"with: hf auth login"
        ) from None
    except errors.RevisionNotFoundError:
        raise UserError(f"caption.revision: {repo} has no commit {revision}") from None
    except errors.RepositoryNotFoundError:
        raise UserError(
            f"caption.model: there is no model '{repo}' on the Hub that you may read, and no "
            f"folder of that name here"
        ) from None
    except Exception as error:  # noqa: BLE001 - the HTTP library, and its errors, vary by version
        return f"{type(error).__name__}"
    if revision is None:
        raise UserError(
            f"caption.revision is not given: {repo} is on the Hub, where branches move. Its "
            f"newest commit now: --set caption.revision={found.sha}"
        )
    return None
