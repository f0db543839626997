"""Recipes for tests of collect, which need no part of any later step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vsfa_data.collect.sources.folder import FolderSource
from vsfa_data.recipe import CollectSection, Recipe, SourceSection


class FolderSection(SourceSection, FolderSource.Options):
    """What `source: folder` may say in a recipe."""


class FoldersSection(CollectSection):
    """A `collect` section whose sources are folders."""

    sources: tuple[FolderSection, ...]


def of_sources(*sources: dict[str, Any], **limits: Any) -> Recipe:
    """A recipe that collects from folders, within `limits`."""
    listed = [{"source": "folder", **source} for source in sources]
    section = FoldersSection.model_validate({"sources": listed, "min_side_px": 16, **limits})
    rest: dict[str, Any] = {"seed": 0}
    return Recipe.model_construct(collect=section, **rest)


def of_folder(path: Path | str, **limits: Any) -> Recipe:
    """A recipe that collects CC0 images from one folder."""
    return of_sources({"path": str(path), "license": "CC0-1.0"}, **limits)
