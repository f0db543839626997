"""Where a checkpoint's files are, and which they are down to the bytes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from vsfa_data import resources
from vsfa_data.caption.local import hub
from vsfa_data.embedded_vlm import installed
from vsfa_data.embedded_vlm.names import EMBEDDED
from vsfa_data.errors import SetupError, UserError
from vsfa_data.files import checksums
from vsfa_data.files.canonical_json import digest

READ: Final = ("*.json", "*.jinja", "*.txt", "*.model", "*.safetensors")
"""Files that transformers may read: weights are safetensors, everything else is text."""
INDEX: Final = "model.safetensors.index.json"
SINGLE: Final = "model.safetensors"
_HUB_NAME: Final = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


@dataclass(frozen=True)
class Checkpoint:
    """A folder with a model's files. `name` is how it is called on the Hub, if it is from there."""

    folder: Path
    name: str | None = None

    def weights(self) -> list[Path]:
        """The safetensors files that hold the weights. Raises SetupError if one is missing."""
        index = self.folder / INDEX
        names = sorted(set(_weight_map(index).values())) if index.is_file() else [SINGLE]
        files = [self.folder / name for name in names]
        missing = [file.name for file in files if not file.is_file()]
        if missing:
            raise SetupError(self._lacks(missing))
        return files

    def _lacks(self, missing: list[str]) -> str:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        if any(self.folder.glob("*.bin")) or any(self.folder.glob("*.pth")):
            return (
                f"{self.folder} holds pickled weights (.bin or .pth), which can run code when "
                f"loaded and are never read. Choose a revision with safetensors"
            )
        return (
            f"{self.folder} is no complete checkpoint: it lacks {missing[0]}{more}. It must hold "
            f"config.json, the processor's files and the weights as safetensors"
        )

    def config(self) -> dict[str, Any]:
        """What config.json says. Raises SetupError if there is none that can be read."""
        try:
            found = json.loads((self.folder / "config.json").read_bytes())
        except FileNotFoundError:
            raise SetupError(self._lacks(["config.json"])) from None
        except (OSError, ValueError) as error:
            raise SetupError(f"{self.folder}/config.json cannot be read ({error})") from None
        if not isinstance(found, dict):
            raise SetupError(f"{self.folder}/config.json is no JSON object")
        return found

    @cached_property
    def sha256(self) -> str:
        """One checksum (hex) for all files that decide what the model says."""
        weights = set(self.weights())
        texts = {path for pattern in READ[:-1] for path in self.folder.glob(pattern)}
        try:
            sums = checksums.of_files(sorted(weights | texts))
        except OSError as error:
            raise SetupError(f"{error.filename} cannot be read ({error.strerror})") from error
        return digest({path.name: value for path, value in sums.items()})


def _weight_map(index: Path) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(index.read_bytes())["weight_map"]
        names = set(found.values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SetupError(f"{index} cannot be read ({error}); download it again") from None
    if not all(isinstance(name, str) and Path(name).name == name for name in names):
        raise SetupError(f"{index} names files outside its own folder; do not use it")
    return found


def find(model: str | None, revision: str | None, *, download: bool) -> Checkpoint:
    """The checkpoint that a recipe's `caption.model` and `caption.revision` name.

    "embedded" is the one that `vsfa-data models install` makes. With `download`, files that are
    missing come from the Hub; without, only what is here counts. Raises UserError for what is no
    checkpoint's name, SetupError if its files cannot be had.
    """
    if model is None:
        raise UserError(
            "caption.model is not given: the captioner 'transformers' needs a checkpoint. Add "
            "--set caption.model=FOLDER, or --set caption.model=ORG/NAME --set "
            "caption.revision=COMMIT for one on the Hub"
        )
    folder = installed.find() if model == EMBEDDED else resources.user_path(model)
    if folder.is_dir():
        if revision is not None:
            raise UserError(
                f"caption.revision is for models on the Hub, and {model} is here already. "
                f"Leave it out"
            )
        return Checkpoint(folder)
    if not _HUB_NAME.fullmatch(model):
        raise UserError(
            f"caption.model: '{model}' is neither a folder here nor a name on the Hub (ORG/NAME)"
        )
    return Checkpoint(hub.folder(model, revision, READ, download=download), model)
