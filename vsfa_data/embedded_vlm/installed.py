"""The embedded model on this machine: made once, found again offline."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from vsfa_data import embedded
from vsfa_data.embedded_vlm import parts, projector_file
from vsfa_data.embedded_vlm.names import EMBEDDED, INSTALL
from vsfa_data.errors import MissingExtraError, SetupError

EXTRA: Final = "embedded-vlm"
_PACKAGES: Final = ("torch", "torchvision", "timm", "transformers", "safetensors", "gguf")
_MARK: Final = "config.json"
_FORM: Final = "2"
"""Changes whenever other files come out of the same parts."""


@dataclass(frozen=True)
class Model:
    """A model that the toolkit can make. `folder` is where it lies, made or not."""

    name: str
    folder: Path
    description: str

    @property
    def installed(self) -> bool:
        """Whether it can be used."""
        return (self.folder / _MARK).is_file()

    @property
    def size_bytes(self) -> int:
        """What its files take on this machine."""
        return sum(path.stat().st_size for path in self.folder.glob("*"))


def listed() -> list[Model]:
    """All such models."""
    return [
        Model(
            EMBEDDED,
            _folder(),
            "EfficientNet-Lite2 + SmolLM2-135M-Instruct: names what a picture shows; no network",
        )
    ]


def find() -> Path:
    """The embedded model's folder. Raises SetupError with the command that makes it."""
    require()
    folder = _folder()
    if not (folder / _MARK).is_file():
        raise SetupError(
            f"the model '{EMBEDDED}' is not installed. Run: {INSTALL} (it takes a package of 93 MB "
            f"and a minute, once; a folder of that name is given as ./{EMBEDDED})"
        )
    return folder


def install(say: Callable[[str], None] = lambda _: None) -> Path:
    """Make the embedded model if it is not there; answers with its folder. Tells what it does.

    Raises MissingExtraError without the packages it needs, SetupError if its parts cannot be had.
    """
    from vsfa_data.files.swap import replacing

    require()
    folder = _folder()
    if (folder / _MARK).is_file():
        return folder
    say("fetching the language model: 93 MB, once")
    gguf = parts.language_model()
    say("assembling: about a minute")
    from vsfa_data.embedded_vlm import assemble
    from vsfa_data.processes.quiet import quiet_libraries

    quiet_libraries()
    with replacing(folder, _MARK) as fresh:
        assemble.write(fresh, gguf)
    return folder


def require() -> None:
    """Raise MissingExtraError unless the model can be loaded here."""
    for module in _PACKAGES:
        if find_spec(module) is None:
            raise MissingExtraError(f"the model '{EMBEDDED}'", EXTRA, module)


def _folder() -> Path:
    """Named by its parts, so that a new projector makes a new model."""
    known = (_FORM, embedded.CLASSIFIER_IDENTITY, parts.LANGUAGE_MODEL.sha256)
    digest = hashlib.sha256("\n".join(known).encode() + projector_file.read())
    return parts.models_folder() / f"{EMBEDDED}-{digest.hexdigest()[:12]}"
