"""Where a text-to-image model's files are, and which they are down to the bytes."""

from __future__ import annotations

import fnmatch
import hashlib
import re
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Final

from vsfa_data import resources
from vsfa_data.errors import SetupError, UserError

INDEX: Final = "model_index.json"
"""The file that names a pipeline's parts."""
READ: Final = (INDEX, "*/*.json", "*/*.txt", "*/*.model", "*/*.safetensors")
"""Files that diffusers may read: weights are safetensors, everything else is text."""
UNREAD: Final = ("*.fp16.*", "*.non_ema.*", "*.ema.*", "*/*onnx*", "*/*openvino*", "*/*flax*")
"""Other forms of the same weights, which need not be downloaded."""
PICKLED: Final = ("*/*.bin", "*/*.ckpt", "*/*.pt", "*/*.pth")
COMMIT: Final = r"^[0-9a-f]{40}$"
_HUB_NAME: Final = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_HUB_REPLY_S: Final = 10.0


@dataclass(frozen=True)
class Checkpoint:
    """A folder with a pipeline's files; `name` and `revision` say which for those who read it.

    `revision` is the commit on the Hub, or for a folder of this machine a sha256 over its files.
    """

    folder: Path
    name: str
    revision: str


def find(model: str, revision: str | None, *, download: bool) -> Checkpoint:
    """The pipeline that a recipe's `model` and `revision` name.

    With `download`, files that are missing come from the Hub; without, only what is here counts.
    Raises UserError for what is no pipeline's name, SetupError if its files cannot be had or used.
    """
    folder = resources.user_path(model)
    if folder.is_dir():
        if revision is not None:
            raise UserError(
                f"'revision' is for models on the Hub; {model} is a folder. Leave it out"
            )
        _check(folder)
        return Checkpoint(folder, folder.resolve().name, _sha256(folder, _files(folder)))
    if not _HUB_NAME.fullmatch(model):
        raise UserError(
            f"model '{model}' is neither a folder here nor a name on the Hub (ORG/NAME)"
        )
    if revision is None:
        raise UserError(
            f"the model {model} needs a 'revision': on the Hub branches move. Give the commit, "
            f"40 hex digits (on the model's page: Files, History)"
        )
    folder = _from_hub(model, revision, download=download)
    _check(folder)
    return Checkpoint(folder, model, revision)


def _check(folder: Path) -> None:
    """Raises SetupError unless the folder holds a pipeline whose weights are safetensors."""
    if not (folder / INDEX).is_file():
        raise SetupError(
            f"{folder} is no pipeline of diffusers: it has no {INDEX}. Convert a single file of "
            f"weights first, with the pipeline's from_single_file(...).save_pretrained(...)"
        )
    safe = {path.parent for path in folder.glob("*/*.safetensors")}
    pickled = {path.parent for pattern in PICKLED for path in folder.glob(pattern)} - safe
    if pickled or not safe:
        why = (
            f"the weights of its {min(pickled).name} are pickled, which can run code when loaded "
            f"and are never read"
            if pickled
            else "it holds no weights"
        )
        raise SetupError(f"{folder}: {why}. Choose a model or revision with safetensors")


def _files(folder: Path) -> tuple[tuple[Path, int, int], ...]:
    """Each file that decides what is drawn, with what changes when it does."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    read = (path for path in found if _is_read(path.relative_to(folder).as_posix()))
    return tuple((path, path.stat().st_size, path.stat().st_mtime_ns) for path in read)


def _is_read(name: str) -> bool:
    """Patterns match as the Hub's client has it: `*` stands for folders, too."""
    matches = partial(fnmatch.fnmatchcase, name)
    return any(map(matches, READ)) and not any(map(matches, UNREAD))


@cache
def _sha256(folder: Path, files: tuple[tuple[Path, int, int], ...]) -> str:
    """One checksum (hex) over names and contents; computed once a process, for it takes seconds."""
    total = hashlib.sha256()
    for path, _, _ in files:
        try:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise SetupError(f"{path} cannot be read ({error.strerror})") from None
        total.update(f"{path.relative_to(folder).as_posix()}={content}\n".encode())
    return total.hexdigest()


def _from_hub(model: str, revision: str, *, download: bool) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    def snapshot(*, is_local: bool) -> Path:
        return Path(
            snapshot_download(
                model,
                revision=revision,
                allow_patterns=list(READ),
                ignore_patterns=list(UNREAD),
                local_files_only=is_local,
            )
        )

    try:
        return snapshot(is_local=not download or _is_out_of_reach(model, revision))
    except LocalEntryNotFoundError:
        raise SetupError(
            f"the model {model} at {revision[:12]} is not on this machine and the Hub cannot be "
            f"reached. Copy its folder here and set 'model' to it, without 'revision'"
        ) from None


def _is_out_of_reach(model: str, revision: str) -> bool:
    """Whether the Hub cannot be asked now. Raises UserError or SetupError for what it refuses."""
    from huggingface_hub import HfApi, constants, errors

    if constants.HF_HUB_OFFLINE:
        return True
    try:
        # Unlike a download this is tried once, so that a machine without network fails at once.
        HfApi().model_info(model, revision=revision, timeout=_HUB_REPLY_S)
    except errors.GatedRepoError:
        raise SetupError(
            f"the model {model} is gated. Accept its terms on its page on the Hub, then log in "
            f"with: hf auth login"
        ) from None
    except errors.RevisionNotFoundError:
        raise UserError(f"the model {model} has no commit {revision}") from None
    except errors.RepositoryNotFoundError:
        raise UserError(
            f"there is no model '{model}' on the Hub that you may read, and no folder of that name"
        ) from None
    except Exception:  # noqa: BLE001 - the HTTP library, and its errors, vary by version
        return True
    return False
