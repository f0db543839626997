"""What encoders have in common that are a vision and a text tower with a checkpoint of files."""

from __future__ import annotations

import importlib.util
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from vsfa_data.errors import MissingExtraError
from vsfa_data.filter.encoder import Encoder
from vsfa_data.filter.resizing import Resizing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image


class Files(Protocol):
    """A checkpoint's files, all of them local."""

    def identity(self) -> str:
        """Name and sha256 of all that decides what is computed, without a path."""


class Towers(Protocol):
    """A loaded model. Features are not normalised; tensors are on its device."""

    @property
    def vision(self) -> Any:
        """The module that encodes images."""

    @property
    def logit_scale(self) -> float:
        """What cosines are multiplied with."""

    @property
    def logit_bias(self) -> float:
        """What is added after that."""

    @property
    def prepare(self) -> Callable[[Image], NDArray[Any]]:
        """RGB image -> an array of one shape and dtype."""

    def blank(self) -> NDArray[Any]:
        """What `prepare` might make of an image."""

    def encode_image(self, prepared: Any) -> Any:
        """A batch of what `prepare` makes -> features [n, d]."""

    def tokens(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """An array of one shape for each text. Raises UserError for one that is too long."""

    def encode_text(self, tokens: Any) -> Any:
        """A batch of tokens -> features [m, d]."""


class TowerEncoder(Encoder):
    """Finds a checkpoint's files, loads it and runs it in batches of one size."""

    name: ClassVar[str]
    """The encoder's name, which is also the extra's."""
    packages: ClassVar[dict[str, str]]
    """Module that is needed -> package that has it."""

    @abstractmethod
    def find(self) -> Files:
        """The files that the options name; fetched if they are not here. Raises UserError."""

    @abstractmethod
    def load(self) -> Towers:
        """The model with all of its weights. Raises SetupError."""

    @cached_property
    def files(self) -> Any:
        """What `find` found. Raises MissingExtraError besides."""
        for module, package in self.packages.items():
            if importlib.util.find_spec(module) is None:
                extra = self.name.replace("_", "-")  # the spelling that every pip takes
                raise MissingExtraError(f"the encoder '{self.name}'", extra, package)
        return self.find()

    @property
    def what(self) -> str:
        """The model, for errors."""
        return f"the {self.name} model '{self.options.model}'"

    @cached_property
    def identity(self) -> str:
        """Model, tag or revision, sha256 of its files, precision, and how pixels are made."""
        known = f"{self.name} 1; {self.files.identity()}; {self.options.precision}"
        return f"{known}; resized by SIMD" if self.options.by_simd() else known

    @property
    def batch_size(self) -> int:
        """Rows of a batch, once the encoder is open."""
        return self._images.size

    @cached_property
    def device(self) -> str:
        """`cpu` or `cuda`. Raises SetupError if the recipe wants a GPU and there is none."""
        from vsfa_data.filter.device import device_for

        return device_for(self.options.device, self.what)

    @property
    def on_accelerator(self) -> bool:
        """Whether it computes on a GPU."""
        return self.device == "cuda"

    def require(self) -> None:
        """Find the files; fetch them if they are not here."""
        _ = self.files, self.device

    def open(self) -> None:
        """Load model and weights."""
        from vsfa_data.filter import packed_linear
        from vsfa_data.filter.device import exact_fp32
        from vsfa_data.filter.forward import Forward

        if self.options.precision == "fp32":
            exact_fp32()
        loaded = self.towers = self.load()
        if not self.on_accelerator:
            packed_linear.pack(loaded.vision)
        self.logit_scale, self.logit_bias = loaded.logit_scale, loaded.logit_bias
        self.prepare = prepare = loaded.prepare
        if isinstance(prepare, Resizing):
            self.prepare = replace(prepare, simd=self.options.by_simd())
        self.prepare_elsewhere = isinstance(prepare, Resizing)
        self._images = Forward(loaded.encode_image, self.device, self.what, self.options.batch_size)
        self._texts = Forward(loaded.encode_text, self.device, self.what)
        self._images.settle(loaded.blank())

    def encode_prepared(self, prepared: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
        """What `prepare` made of images -> float32[n, d], rows of length 1."""
        return self._images(prepared)

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts -> float32[m, d], rows of length 1. Raises UserError for one that is too long."""
        from vsfa_data.filter.device import all_cores

        # Thousands of texts, once: the others wait for them (text_cache.py).
        with all_cores():
            return self._texts(self.towers.tokens(texts))
