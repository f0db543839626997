"""What is sensible for a family of models: one YAML file each in presets/."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import yaml
from pydantic import Field

from vsfa_data.errors import UserError
from vsfa_data.resources import PACKAGE
from vsfa_data.sections import Section

FOLDER: Final = PACKAGE / "train" / "presets"


class Preset(Section):
    """Settings of one model family; what the user gives goes first."""

    description: str
    """Which models it is for."""
    model_types: tuple[str, ...] = Field(min_length=1)
    """`model_type` in the config.json of these models."""
    lora_target: str
    """Regular expression for the full names of the linear layers that get LoRA weights."""
    learning_rate: float = Field(gt=0)
    """Peak learning rate."""
    max_image_px: int = Field(ge=16)
    """Longer side of a picture, at most, in pixels."""
    processor: dict[str, bool] = Field(default_factory=dict)
    """Switches of the model's own processor; they are saved with the adapter."""
    images_by_row: bool = False
    """Whether the processor wants a list of pictures for each conversation, or one list of all."""


@cache
def load_all() -> dict[str, Preset]:
    """Name (that of the file) -> preset."""
    return {
        path.stem: Preset.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        for path in sorted(FOLDER.glob("*.yaml"))
    }


def choose(name: str | None, config: Any) -> tuple[str, Preset]:
    """The preset of that name, or the one for a model's `config` (a transformers config).

    Raises UserError if there is none.
    """
    known = load_all()
    if name is not None:
        if name in known:
            return name, known[name]
        raise UserError(f"no preset '{name}'. Choose one of: {', '.join(known)}")
    for found, preset in known.items():
        if config.model_type in preset.model_types:
            return found, preset
    raise UserError(
        f"no preset is made for models of the type '{config.model_type}'. Name the nearest one "
        f"with --preset ({', '.join(known)}), and the layers for LoRA with --lora-target REGEX"
    )
