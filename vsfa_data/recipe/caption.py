"""The section `caption`: who says what is in the images."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from vsfa_data.sections import Section


def _share_or_word(said: object) -> object:
    is_number = isinstance(said, int | float) and not isinstance(said, bool)
    if said in ("encoder", "none") or (is_number and 0.0 <= float(str(said)) <= 1.0):
        return said
    raise ValueError("must be a share from 0 to 1, or encoder, or none")


class CaptionSection(Section):
    """Who says what is in the images. Further keys are the captioner's own."""

    captioner: str
    """Name of the captioner: a file in vsfa_data/caption/captioners/."""
    grounding: Annotated[float | Literal["encoder", "none"], BeforeValidator(_share_or_word)] = (
        "encoder"
    )
    """Share of other images' captions, 0 to 1, that may fit an image better than its own before the
    image is rejected; only what a model worded is judged, with the filter's encoder. `encoder`:
    what is known of it (0.7 for `embedded`, 0.5 for others). `none`: nothing is judged."""
