"""Where the files of a transformers checkpoint are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vsfa_data import resources
from vsfa_data.errors import SetupError, UserError
from vsfa_data.files import checksums
from vsfa_data.filter import hub

_WEIGHTS: Final = "*.safetensors"
_FILES: Final = (
    "config.json", _WEIGHTS, "*.safetensors.index.json", "preprocessor_config.json",
    "processor_config.json", "tokenizer.json", "tokenizer_config.json",
    "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt", "spiece.model",
    "tokenizer.model",
)  # fmt: skip
"""What decides what is computed; nothing else is fetched or hashed."""


@dataclass(frozen=True)
class Checkpoint:
    """A folder with a model; `label` names it in an identity without a path of this machine."""

    folder: Path
    label: str

    def identity(self) -> str:
        """Label and one sha256 over the names and contents of all files that count."""
        names = sorted({path.name for pattern in _FILES for path in self.folder.glob(pattern)})
        try:
            found = [f"{name} {checksums.of_file(self.folder / name)}" for name in names]
        except OSError as error:
            raise SetupError(f"{self.folder} cannot be read ({error.strerror})") from None
        return f"{self.label}; sha256:{hashlib.sha256(chr(10).join(found).encode()).hexdigest()}"


def find(model: str, revision: str | None) -> Checkpoint:
    """The files of `ORG/NAME` or `local-dir:FOLDER`; fetched from the Hub if they are not here.

    Raises UserError for a folder that will not do, SetupError for files that cannot be had.
    """
    wanted = f"filter.model '{model}'"
    if model.startswith("local-dir:"):
        folder = resources.user_path(model.removeprefix("local-dir:"))
        checkpoint = Checkpoint(folder, "local-dir")
    else:
        repo = model.removeprefix("hf-hub:")
        folder = hub.snapshot(repo, revision, _FILES, wanted)
        checkpoint = Checkpoint(folder, f"{repo}@{folder.name}")
    if not (folder / "config.json").is_file():
        raise UserError(f"{wanted}: {folder} holds no config.json")
    if not any(folder.glob(_WEIGHTS)):
        raise UserError(
            f"{wanted}: {folder} holds no {_WEIGHTS}. Other formats may run code when they are "
            f"loaded: save the model anew with save_pretrained, which writes safetensors"
        )
    return checkpoint
