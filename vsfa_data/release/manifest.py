"""manifest.json: what a release is, where every number in it comes from, and its files' hashes.

The same model writes and reads it. It holds no clock and no path of the machine that made it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from vsfa_data import versions
from vsfa_data.release.configs import Name as ConfigName
from vsfa_data.release.seals import FIELD, seals

NAME: Final = "manifest.json"
PACKAGES: Final = (
    *("vsfa-data", "datasets", "numpy", "pillow", "pyarrow"),
    *("timm", "torch", "transformers", "open_clip_torch"),
)
"""Packages whose versions are noted, where installed."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, lt=2**63)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, use_attribute_docstrings=True)


class FunnelStep(_Part):
    """What one step took in, kept, and rejected for which reason."""

    model_config = ConfigDict(populate_by_name=True)

    unit: Literal["images", "pairs"]
    taken: Count = Field(alias="in")
    kept: Count
    rejected: dict[str, Count]


class Split(_Part):
    """One split of one config."""

    rows: Count
    bytes: Count
    """Picture bytes and canonical JSON of the rows, uncompressed."""
    digest: Sha256
    """Sha256 over the split's rows (see `fingerprint.py`)."""
    files: list[str] = []
    """Files of other configs that it is made of, in order; empty: it has files of its own."""


class Config(_Part):
    """One config of the dataset."""

    splits: dict[Literal["train", "validation", "test"], Split]
    pairs: Count
    """Questions with answers."""
    matched: Count
    """Rows whose partner in the other config is published too."""
    concepts: dict[str, Count]
    """Rows per nearest threat concept."""


class Difference(_Part):
    """Standardised mean difference of a covariate: threat less control, in standard deviations.

    The deviation is that of both groups before they were matched.
    """

    before: float | None
    """Of all threats and all candidates for a control; null: not known before the matching."""
    after: float
    """Of the matched images; for what was not known then, of the published rows."""


BALANCE_AIM: Final = 0.1
"""A covariate is balanced if the groups differ by less than this (Austin 2009)."""


class File(_Part):
    """A file of the release."""

    sha256: Sha256
    bytes: Count


class Manifest(_Part):
    """The whole of manifest.json."""

    format_version: Literal[1] = 1
    name: str
    version: str
    fingerprint: Sha256
    seed: int
    shipped_recipe: bool
    """Whether the recipe is one that the toolkit ships, with nothing overridden."""
    recipe: dict[str, Any]
    """The recipe with all defaults; absolute local paths are reduced to their last component."""
    configs: dict[ConfigName, Config] = Field(min_length=1)
    """In the recipe's order; the first is the default config."""
    balance: dict[str, Difference] = {}
    """Covariate -> how much threat and control differ in it; empty if nothing was matched."""
    unbalanced: tuple[str, ...] = ()
    """Those that still differ by 0.1 or more, the worst first."""
    families: dict[str, Count]
    """Pairs per question family, as are the next three: of the pictures, whatever their config."""
    answer_sources: dict[str, Count]
    """Pairs per way the answer was made."""
    licenses: dict[str, Count]
    """Pictures per licence; `unknown` where none is known."""
    sources: dict[str, Count]
    """Pictures per image source."""
    source_datasets: tuple[str, ...] = ("original",)
    """What the pictures come from, as the Hub's cards say it: `original`, `extended|owner/name`."""
    funnel: dict[str, FunnelStep]
    """Step -> its counts, in the order of the steps."""
    models: dict[str, str]
    """Models and data files that the build used: name, revision, sha256."""
    packages: dict[str, str]
    """Versions of the packages that the build ran with."""
    files: dict[str, File] = {}
    """Every file of the release but this one, by relative path."""
    seals: dict[str, Sha256] = {}
    """Field -> sha256 of its value: verification names those that were edited."""

    def counts(self) -> dict[str, dict[str, int]]:
        """Config -> split -> rows."""
        return {
            name: {split: held.rows for split, held in config.splits.items()}
            for name, config in self.configs.items()
        }

    def files_of(self, config: str, split: str) -> list[str]:
        """The Parquet files of a split, in order; none if there is no such split."""
        held = self.splits().get((config, split))
        if held is not None and held.files:
            return list(held.files)
        return [name for name in sorted(self.files) if name.startswith(f"{config}/{split}-")]

    def splits(self) -> dict[tuple[str, str], Split]:
        """(config, split) -> what it holds."""
        return {
            (name, split): held
            for name, config in self.configs.items()
            for split, held in config.splits.items()
        }

    def dump(self) -> bytes:
        """The file's bytes: equal manifests make equal bytes."""
        plain = self.model_dump(mode="json", by_alias=True)
        plain[FIELD] = seals(plain)
        return (json.dumps(plain, indent=2, ensure_ascii=False) + "\n").encode()


def package_versions() -> dict[str, str]:
    """Versions of PACKAGES as installed."""
    return versions.installed(PACKAGES)


def list_files(folder: Path, known: Mapping[str, File] | None = None) -> dict[str, File]:
    """Every file under `folder`, by relative path, sorted; those that are `known` unread."""
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    return {name: (known or {}).get(name) or describe(folder / name) for name in names}


def describe(path: Path) -> File:
    """Size and sha256 of a file, read in pieces."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return File(sha256=digest, bytes=path.stat().st_size)
