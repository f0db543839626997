"""What goes wrong with a dataset, in one line that says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from vsfa_data.errors import UserError, printable

MAX_LENGTH = 300


@contextmanager
def told(dataset: str) -> Iterator[None]:
    """Turn whatever `datasets` and `huggingface_hub` raise about `dataset` into a UserError.

    They raise nearly everything there is for data, networks and permissions that are not as they
    should be; the error itself stays behind the UserError as its cause.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"dataset {printable(dataset)}: {_said(error)}") from error


def _said(error: Exception) -> str:
    import httpx2
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        return (
            "its owners grant access one by one. Ask for it on the dataset's page, then log in "
            "with: hf auth login"
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return "it has no such 'revision'; give a branch, a tag or a commit of it"
    if isinstance(error, errors.RepositoryNotFoundError):
        return (
            "there is no such dataset, or it is private. Correct 'dataset' of the source, or log "
            "in with: hf auth login"
        )
    offline = (errors.OfflineModeIsEnabled, errors.LocalEntryNotFoundError)
    if isinstance(error, (*offline, httpx2.TransportError, ConnectionError)):
        return (
            f"the Hub cannot be reached ({_short(error)}). Go online, or download the dataset "
            f"once (hf download --repo-type dataset) and set 'dataset' to its folder"
        )
    return f"it cannot be read ({_short(error)})"


def _short(error: Exception) -> str:
    text = printable(str(error)) or "no message"
    return f"{type(error).__name__}: {text[:MAX_LENGTH]}"
