"""Any model of open_clip: CLIP, SigLIP, SigLIP 2, MobileCLIP and others."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from vsfa_data.errors import MissingExtraError
from vsfa_data.filter.encoder import Encoder
from vsfa_data.filter.resizing import Resizing
from vsfa_data.sections import Section

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vsfa_data.filter.openclip_files import Checkpoint


class OpenClipOptions(Section):
    """Which model, and how it is run."""

    model: str = Field("ViT-B-32", min_length=1, max_length=500)
    """A name that open_clip knows, hf-hub:ORG/NAME, or local-dir:FOLDER (open_clip_config.json
    and open_clip_model.safetensors)."""
    pretrained: str | None = Field(None, min_length=1, max_length=500)
    """Weights of a model that is given by name: a tag of open_clip's, or a file."""
    revision: str | None = Field(None, min_length=1, max_length=200)
    """Branch, tag or commit of an hf-hub: model."""
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"
    """Number format of weights and activations; bf16 is faster on recent GPUs, slower on CPUs."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the model runs; auto takes a GPU if there is one."""
    batch_size: int | None = Field(None, ge=1, le=65_536)
    """Images computed at a time. Null: 8 on a CPU; on a GPU 256, or less if memory is short."""


class OpenClipEncoder(Encoder):
    """An open_clip model, loaded with all of its weights or not at all.

    Images become uint8 pixels by Pillow, as in open_clip's own transform, and floats on the
    model's device. Weights are safetensors; other files are loaded only if they hold nothing but
    tensors (weights_only).
    """

    Options: ClassVar[type[Section]] = OpenClipOptions

    @cached_property
    def _files(self) -> Checkpoint:
        from vsfa_data.filter import openclip_files

        self._require_package()
        chosen = self.options
        return openclip_files.find(chosen.model, chosen.pretrained, chosen.revision)

    @property
    def _what(self) -> str:
        return f"the open_clip model '{self.options.model}'"

    @cached_property
    def identity(self) -> str:
        """Model, tag or revision, sha256 of its files, and precision."""
        return f"open_clip 1; {self._files.identity()}; {self.options.precision}"

    @property
    def batch_size(self) -> int:
        """Rows of a batch, once the encoder is open."""
        return self._images.size

    @cached_property
    def device(self) -> str:
        """`cpu` or `cuda`. Raises SetupError if the recipe wants a GPU and there is none."""
        from vsfa_data.filter.forward import device_for

        return device_for(self.options.device, self._what)

    @property
    def on_accelerator(self) -> bool:
        """Whether it computes on a GPU."""
        return self.device == "cuda"

    def require(self) -> None:
        """Find the files; fetch them if they are not here."""
        self._require_package()
        _ = self._files, self.device

    def open(self) -> None:
        """Load model and weights."""
        from vsfa_data.filter import openclip_model
        from vsfa_data.filter.forward import Forward

        loaded = openclip_model.load(self._files, self.options.precision, self.device, self._what)
        self._loaded = loaded
        self.logit_scale, self.logit_bias = loaded.logit_scale, loaded.logit_bias
        self.prepare = loaded.prepare
        self.prepare_elsewhere = isinstance(loaded.prepare, Resizing)
        size = self.options.batch_size
        self._images = Forward(loaded.encode_image, self.device, self._what, size)
        self._texts = Forward(loaded.encode_text, self.device, self._what)
        self._images.settle(loaded.blank())

    def encode_prepared(self, prepared: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
        """uint8[h, w, 3] pixels of each image -> float32[n, d], rows of length 1."""
        return self._images(prepared)

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts -> float32[m, d], rows of length 1. Raises UserError for one that is too long."""
        return self._texts(self._loaded.tokens(texts))

    def _require_package(self) -> None:
        for module, package in (("open_clip", "open_clip_torch"), ("torch", "torch")):
            if importlib.util.find_spec(module) is None:
                raise MissingExtraError("the encoder 'open_clip'", "open_clip", package)
