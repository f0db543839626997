"""What lies in a release folder against what its manifest lists. Nothing listed is trusted."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from vsfa_data.errors import UserError
from vsfa_data.files.near_folder import meant
from vsfa_data.release import manifest
from vsfa_data.release.manifest import Manifest
from vsfa_data.release.markdown import one_line
from vsfa_data.release.seals import broken

MAX_MANIFEST_BYTES: Final = 32 * 2**20
"""Room for 100,000 files, the most that the Hub takes, several times over."""
MAX_DEPTH: Final = 3
_NOT_OURS: Final = (".gitattributes", ".cache/huggingface")
"""What the Hub and its client put into a repository and a download."""
_SYSTEMS: Final = (".DS_Store", "Thumbs.db", "desktop.ini")
_OF_A_RELEASE: Final = re.compile(
    r"manifest\.json|README\.md|CHANGELOG\.md|LICENSES\.csv|croissant\.json|charts/\w+\.png"
    r"|\w+/(train|validation|test)-\d{5}-of-\d{5}\.parquet"
)
_PART: Final = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
_SAFE_PATH: Final = re.compile(rf"{_PART}(/{_PART}){{0,3}}")


class ManifestError(Exception):
    """There is a manifest.json, but none that can be checked against. The text says why."""


def locate(folder: Path) -> Path:
    """The release folder that `folder` is, or that lies in it as `release/`.

    Raises UserError if neither has a manifest.json.
    """
    for place in (folder, folder / "release"):
        if os.path.lexists(place / manifest.NAME):
            return place
    missing = "is not a folder" if folder.exists() else "does not exist"
    what, other = ("has no manifest.json", "") if folder.is_dir() else (missing, meant(str(folder)))
    raise UserError(
        f"{folder} {what}, so there is no release in it. Give the folder that "
        f"'vsfa-data build --out' wrote to, or its release/{other}"
    )


def read_manifest(folder: Path, *, cached: bool = False) -> Manifest:
    """The manifest of `folder`. Raises ManifestError with one line that says what is wrong.

    `cached`: the folder is one of the Hub client's cache, whose files are links to others in it.
    """
    path = folder / manifest.NAME
    try:
        status = path.stat() if cached else path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise ManifestError("is not a plain file")
        if status.st_size > MAX_MANIFEST_BYTES:
            raise ManifestError(f"has {status.st_size:,} bytes, more than {MAX_MANIFEST_BYTES:,}")
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ManifestError(f"cannot be read ({error.strerror})") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(key) for key in first["loc"]) or "the file"
        raise ManifestError(one_line(f"{where}: {first['msg']}")) from None


def edited(folder: Path) -> Iterator[str]:
    """What was changed in the manifest of `folder`, which could be read, since it was written."""
    yield from broken(json.loads((folder / manifest.NAME).read_bytes()))


def is_safe(name: str) -> bool:
    """Whether a name that a manifest lists stays inside the release's folder."""
    return bool(_SAFE_PATH.fullmatch(name))


def leads_out(folder: Path, name: str) -> bool:
    """Whether `name`, or a link on the way to it, may lead out of `folder`. Opens nothing."""
    return not is_safe(name) or (folder / name).resolve() != folder.resolve() / name


def is_of_a_release(name: str) -> bool:
    """Whether a file of that relative path is one that a release may have, or a system's own."""
    last = name.rpartition("/")[2]
    client = name.startswith(tuple(f"{ours}/" for ours in _NOT_OURS)) or name in _NOT_OURS
    return client or last in _SYSTEMS or bool(_OF_A_RELEASE.fullmatch(name))


def check_files(folder: Path, made: Manifest) -> tuple[set[str], list[str]]:
    """Listed files that are there, whole and unchanged; and one line for each other finding."""
    sound: set[str] = set()
    problems: list[str] = []
    present = dict(_walk(folder))
    for name, listed in sorted(made.files.items()):
        if not is_safe(name) or name == manifest.NAME:
            problems.append(f"{manifest.NAME}: lists the path {one_line(repr(name))}, refused")
        elif name not in present:
            problems.append(f"{name}: listed in the manifest but missing")
        elif present[name] is None:
            sound |= _compare(folder, name, listed, problems)
    for name, oddity in sorted(present.items()):
        if oddity is not None:
            problems.append(f"{one_line(name)}: {oddity}")
        elif name not in made.files and name != manifest.NAME:
            problems.append(f"{one_line(name)}: not listed in the manifest")
    return sound, problems


def _compare(folder: Path, name: str, listed: manifest.File, problems: list[str]) -> set[str]:
    """{name} if the file is as listed; else nothing, and a line in `problems`."""
    try:
        found = manifest.describe(folder / name)
    except OSError as error:
        problems.append(f"{name}: cannot be read ({error.strerror})")
        return set()
    if found.bytes != listed.bytes:
        problems.append(f"{name}: has {found.bytes} bytes, the manifest says {listed.bytes}")
    elif found.sha256 != listed.sha256:
        said = listed.sha256[:12]
        problems.append(f"{name}: its sha256 starts {found.sha256[:12]}, the manifest says {said}")
    return {name} if found == listed else set()


def _walk(folder: Path, inside: str = "") -> Iterator[tuple[str, str | None]]:
    """(relative path, None or what is odd about it) of all but folders; links are not followed."""
    with os.scandir(folder) as entries:
        for entry in entries:
            name = inside + entry.name
            if name in _NOT_OURS:
                continue
            if entry.is_symlink():
                yield name, "a symbolic link; a release holds plain files only"
            elif entry.is_dir(follow_symlinks=False) and name.count("/") >= MAX_DEPTH:
                yield name, "a folder that lies too deep"
            elif entry.is_dir(follow_symlinks=False):
                yield from _walk(Path(entry.path), name + "/")
            elif entry.is_file(follow_symlinks=False):
                yield name, None
            else:
                yield name, "not a plain file"
