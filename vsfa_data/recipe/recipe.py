"""A recipe as a whole: its own keys, and a section for each step."""

from __future__ import annotations

from typing import Final, Self

from pydantic import Field, model_validator

from vsfa_data.recipe.ask import AskSection
from vsfa_data.recipe.caption import CaptionSection
from vsfa_data.recipe.collect import CollectSection
from vsfa_data.recipe.filter import FilterSection
from vsfa_data.recipe.release import ReleaseSection
from vsfa_data.sections import Section

SEMVER: Final = r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$"


class Recipe(Section):
    """A dataset that can be built."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")
    """Name, also the file's name: small letters, digits, - and _."""
    version: str = Field(pattern=SEMVER)
    """Version of the dataset: three numbers, such as 1.0.0 (semver); becomes its tag."""
    description: str = Field(min_length=1, max_length=200)
    """One line that `vsfa-data recipes` shows."""
    seed: int = Field(0, ge=0, lt=2**32)
    """Seed of every choice that is drawn."""
    collect: CollectSection
    filter: FilterSection
    caption: CaptionSection
    ask: AskSection = AskSection()
    release: ReleaseSection

    @model_validator(mode="after")
    def _publishes_something(self) -> Self:
        if self.filter.control == "none" and set(self.release.configs) == {"control"}:
            raise ValueError(
                "filter.control: none makes no controls, but release.configs lists nothing else: "
                "say filter.control: matched, or list threat"
            )
        return self
