"""The section `collect`: where images come from and which are fit to keep."""

from __future__ import annotations

from pydantic import Field

from vsfa_data.collect.fetch.settings import FetchSection
from vsfa_data.sections import Section


class SourceSection(Section):
    """One image source; further keys are that source's own."""

    source: str
    """Name of the source: a file in vsfa_data/collect/sources/."""


class CollectSection(Section):
    """Where images come from and which are fit to keep."""

    sources: tuple[SourceSection, ...] = Field(min_length=1)
    """Image sources, read in this order."""
    min_side_px: int = Field(64, ge=1, le=65_536)
    """Shortest side an image may have, in pixels."""
    max_side_px: int = Field(1024, ge=16, le=65_536)
    """Longest side; larger images are scaled down to it, in pixels."""
    max_aspect: float = Field(8.0, ge=1.0, allow_inf_nan=False)
    """Longer side divided by shorter side, at most."""
    max_pixels: int = Field(80_000_000, ge=1, le=1_000_000_000)
    """Width x height that will be decoded, at most: a guard against decompression bombs."""
    max_bytes: int = Field(50_000_000, ge=1, le=2**40)
    """Size of an image file that will be read, at most, in bytes."""
    max_decode_s: float = Field(30.0, gt=0.0, le=86_400.0)
    """Processor time that decoding one image may take, in seconds; ten times that on the clock.
    The slowest sound picture of 80 megapixels took 4."""
    limit: int | None = Field(None, ge=1, lt=2**63)
    """Images to collect, at most: the first ones that the sources list. Null: all."""
    keep_unlicensed: bool = False
    """Whether to keep images whose licence is not known."""
    tombstones: str | None = Field(None, min_length=1)
    """Table (.csv) with image_id or source_ref, reason and date of images that are never to be
    collected again; `tombstones.csv` in the output folder holds besides."""
    fetch: FetchSection = FetchSection()
    """How addresses are fetched."""
