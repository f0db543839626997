"""The section `release`: what is published and under which terms."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field, field_validator

from vsfa_data.sections import Section

_NOT_BLANK: Final = r"\S"


class SplitSection(Section):
    """Shares of the images in each split; they add up to 1."""

    train: float = Field(0.8, gt=0.0, le=1.0)
    """Share for training."""
    validation: float = Field(0.1, ge=0.0, lt=1.0)
    """Share for choosing hyperparameters."""
    test: float = Field(0.1, ge=0.0, lt=1.0)
    """Share held out for the final measurement."""
    stratified: bool = False
    """Give every concept these shares, as nearly as whole images can have them. A later version
    keeps an image where it was only if `release.previous` names the last one. Without this, each
    image is drawn for itself, and threat images stay where they are in any case."""

    def model_post_init(self, _context: Any, /) -> None:
        """Refuse shares that do not add up."""
        total = self.train + self.validation + self.test
        if abs(total - 1.0) > 1e-9:
            raise ValueError(f"the shares add up to {total:g}, not to 1")


class ReleaseSection(Section):
    """What is published and under which terms."""

    configs: tuple[Literal["threat", "control", "text", "mixed"], ...] = ("threat", "control")
    """Configs of the dataset; the first is the default one. `text`: the conversations of
    `threat` with the caption instead of the picture. `mixed`: half with the one, half with the
    other."""
    license: str = Field(pattern=r"^[a-z0-9][a-z0-9.+-]*$")
    """Licence of the dataset, as the Hub spells it: cc0-1.0, cc-by-4.0, ... or other."""
    gated: Literal["manual", "auto", "no"] = "manual"
    """Whether readers must ask for access: by hand, automatically, or not at all."""
    not_for_all_audiences: bool = False
    """Whether the Hub warns readers before it shows the dataset: for pictures that may shock."""
    pretty_name: str = Field(pattern=_NOT_BLANK, max_length=200)
    """Title of the dataset card."""
    splits: SplitSection = SplitSection()
    """Shares of train, validation and test."""
    previous: str | None = Field(None, min_length=1)
    """Folder of the last version, a release or the --out of a build: its images keep their
    splits, and CHANGELOG.md says what changed since. Null: this is the first version;
    a later one cannot be pushed if an image would change its split."""

    @field_validator("configs")
    @classmethod
    def _made_of(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or len(set(value)) != len(value):
            raise ValueError("name at least one config, and each only once")
        for config, base in (("text", "threat"), ("mixed", "text")):
            if config in value and base not in value:
                raise ValueError(f"'{config}' is made of '{base}': list that too")
        return value

    @field_validator("gated", mode="before")
    @classmethod
    def _yaml_no(cls, value: object) -> object:
        return "no" if value is False else value
