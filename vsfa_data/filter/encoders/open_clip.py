"""Any model of open_clip: CLIP, SigLIP, SigLIP 2, MobileCLIP and others."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from vsfa_data.filter.tower_options import TowerOptions
from vsfa_data.filter.towers import TowerEncoder

if TYPE_CHECKING:
    from vsfa_data.filter.openclip_files import Checkpoint
    from vsfa_data.filter.openclip_model import Loaded
    from vsfa_data.sections import Section


class OpenClipOptions(TowerOptions):
    """Which model, and how it is run."""

    model: str = Field("ViT-B-32", min_length=1, max_length=500)
    """A name that open_clip knows, hf-hub:ORG/NAME, or local-dir:FOLDER (open_clip_config.json
    and open_clip_model.safetensors)."""
    pretrained: str | None = Field(None, min_length=1, max_length=500)
    """Weights of a model that is given by name: a tag of open_clip's, or a file."""
    revision: str | None = Field(None, min_length=1, max_length=200)
    """Branch, tag or commit of an hf-hub: model."""


class OpenClipEncoder(TowerEncoder):
    """An open_clip model, loaded with all of its weights or not at all.

    Images become uint8 pixels by Pillow, as in open_clip's own transform, and floats on the
    model's device. Weights are safetensors; other files are loaded only if they hold nothing but
    tensors (weights_only).
    """

    Options: ClassVar[type[Section]] = OpenClipOptions
    name = "open_clip"
    packages: ClassVar[dict[str, str]] = {"open_clip": "open_clip_torch", "torch": "torch"}

    def find(self) -> Checkpoint:
        """The checkpoint's files. Raises UserError, SetupError."""
        from vsfa_data.filter import openclip_files

        chosen = self.options
        return openclip_files.find(chosen.model, chosen.pretrained, chosen.revision)

    def load(self) -> Loaded:
        """The model with all of its weights. Raises SetupError."""
        from vsfa_data.filter import openclip_model

        return openclip_model.load(self.files, self.options.precision, self.device, self.what)
