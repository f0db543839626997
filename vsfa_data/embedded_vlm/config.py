"""Configurations of the embedded model's classes. Import it inside functions only."""

from __future__ import annotations

from transformers import LlavaConfig, PreTrainedConfig  # noqa: TID253  # see above

from vsfa_data.embedded_vlm.names import MODEL_TYPE, TOWER_TYPE


class TowerConfig(PreTrainedConfig):
    """The vision tower: a classifier of timm, whose scores are what it gives."""

    model_type = TOWER_TYPE

    architecture: str = "tf_efficientnet_lite2"
    """timm's name of the network."""
    hidden_size: int = 1000
    """Classes."""
    image_size: int = 260
    """Width and height of what it sees, in pixels."""


class EmbeddedConfig(LlavaConfig):
    """LLaVA's, and how the projector turns scores into soft tokens (see `projector.py`)."""

    model_type = MODEL_TYPE

    kinds: int = 1
    """Kinds of thing that the projector knows beside the tower's classes."""
    name_tokens: int = 6
    """Soft tokens that name one class."""
    kind_tokens: int = 2
    """Soft tokens that name one kind."""
    constant_tokens: int = 5
    """Soft tokens that every picture has."""
    sure: float = 0.5
    """Probability from which the likeliest class is named as a fact."""
    likely: float = 0.15
    """Probability below which no class is named."""
    rival: float = 0.4
    """Share of the likeliest class's probability from which the second is named as well."""
    kind_sure: float = 0.5
    """Probability from which a kind is named."""
