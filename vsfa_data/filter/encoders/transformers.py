"""CLIP, SigLIP and SigLIP 2 checkpoints of transformers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from vsfa_data.filter.tower_options import TowerOptions
from vsfa_data.filter.towers import TowerEncoder

if TYPE_CHECKING:
    from vsfa_data.filter.transformers_files import Checkpoint
    from vsfa_data.filter.transformers_model import Loaded
    from vsfa_data.sections import Section


class TransformersOptions(TowerOptions):
    """Which model, and how it is run."""

    model: str = Field(min_length=1, max_length=500)
    """A repository of the Hub (ORG/NAME), or local-dir:FOLDER (config.json, *.safetensors and
    the processor's files)."""
    revision: str | None = Field(None, min_length=1, max_length=200)
    """Branch, tag or commit of the repository."""


class TransformersEncoder(TowerEncoder):
    """A model of transformers with image and text features, such as CLIP, SigLIP and SigLIP 2.

    Loaded with all of its weights, from safetensors alone, and never with code of the
    checkpoint's own. Images are processed by transformers' Pillow processor.
    """

    Options: ClassVar[type[Section]] = TransformersOptions
    name = "transformers"
    packages: ClassVar[dict[str, str]] = {"transformers": "transformers", "torch": "torch"}

    def find(self) -> Checkpoint:
        """The checkpoint's files. Raises UserError, SetupError."""
        from vsfa_data.filter import transformers_files

        return transformers_files.find(self.options.model, self.options.revision)

    def load(self) -> Loaded:
        """The model with all of its weights. Raises SetupError."""
        from vsfa_data.filter import transformers_loading

        return transformers_loading.load(self.files, self.options.precision, self.device, self.what)
