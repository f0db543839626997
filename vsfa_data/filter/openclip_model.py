"""Loading an open_clip model with its weights, its transform and its tokenizer."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from vsfa_data.errors import SetupError, UserError
from vsfa_data.filter import hub, loading, openclip_files
from vsfa_data.filter.openclip_files import Checkpoint
from vsfa_data.filter.resizing import Resizing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image


@dataclass
class Loaded:
    """A model that is ready to compute. Features are not normalised yet."""

    model: Any
    checkpoint: Checkpoint
    transform: Any
    dtype: Any
    device: str
    what: str

    @property
    def vision(self) -> Any:
        """What encodes images: open_clip's own transformer or ResNet, or a model of timm's."""
        return self.model.visual

    @property
    def logit_scale(self) -> float:
        """Exp of the learned scale: what cosines are multiplied with."""
        return float(self.model.logit_scale.detach().float().exp())

    @property
    def logit_bias(self) -> float:
        """SigLIP's bias; 0 where the model has none."""
        bias = getattr(self.model, "logit_bias", None)
        return 0.0 if bias is None else float(bias.detach().float())

    @cached_property
    def prepare(self) -> Callable[[Image], NDArray[Any]]:
        """RGB image -> uint8[h, w, 3], as the first steps of open_clip's own transform."""
        chosen = self.model.visual.preprocess_cfg
        height, width = _pair(chosen["size"])
        if height == width and chosen["resize_mode"] in {"shortest", "squash"}:
            is_linear = chosen["interpolation"] == "bilinear"
            return Resizing(height, chosen["resize_mode"], "bilinear" if is_linear else "bicubic")
        return self._by_transform

    def _by_transform(self, image: Image) -> NDArray[Any]:
        """Rarer geometry (longest side, unequal sides): the first steps of the transform.

        Its last three convert to RGB, make floats and normalise.
        """
        import numpy as np

        for step in self.transform.transforms[:-3]:
            image = step(image)
        return np.asarray(image)

    def blank(self) -> NDArray[np.uint8]:
        """What `prepare` might make of an image."""
        import numpy as np

        return np.zeros((*_pair(self.model.visual.preprocess_cfg["size"]), 3), np.uint8)

    @cached_property
    def _mean_and_deviation(self) -> tuple[Any, Any]:
        import torch

        chosen = self.model.visual.preprocess_cfg
        mean, deviation = (
            torch.tensor(chosen[key], dtype=torch.float32, device=self.device).view(1, 3, 1, 1)
            for key in ("mean", "std")
        )
        return mean, deviation

    def encode_image(self, pixels: Any) -> Any:
        """uint8[n, h, w, 3] on the device -> features [n, d]."""
        mean, deviation = self._mean_and_deviation
        floats = pixels.permute(0, 3, 1, 2).contiguous().float().div(255)
        return self.model.encode_image(floats.sub(mean).div(deviation).to(self.dtype))

    def encode_text(self, tokens: Any) -> Any:
        """int64[m, length] on the device -> features [m, d]."""
        return self.model.encode_text(tokens)

    def tokens(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """int64[length] of each text. Raises UserError for one that the model would cut."""
        limit = int(self._tokenizer.context_length)
        for text in texts:
            if (length := _length(self._tokenizer, text)) > limit:
                raise UserError(
                    f"{self.what} reads {limit} tokens, but '{text[:60]}' has {length}: shorten "
                    f"that text of the concept set"
                )
        return [row.numpy() for row in self._tokenizer(list(texts))] if texts else []

    @cached_property
    def _tokenizer(self) -> Any:
        import open_clip

        try:
            with hub.offline():
                return self._own_tokenizer(open_clip)
        except loading.failures() as error:
            raise SetupError(f"{self.what}: its tokenizer {loading.said(error)}") from None

    def _own_tokenizer(self, open_clip: Any) -> Any:
        name, folder = self.checkpoint.name, self.checkpoint.folder
        text = (open_clip.get_model_config(name) or {}).get("text_cfg", {})
        repo = text.get("hf_tokenizer_name")
        if not repo or (folder is not None and any(folder.glob("tokenizer*"))):
            return open_clip.get_tokenizer(name)
        return open_clip.tokenizer.HFTokenizer(
            str(openclip_files.tokenizer_folder(repo)),
            context_length=text.get("context_length", 77),
            tokenizer_mode=text.get("tokenizer_mode"),
            **text.get("tokenizer_kwargs", {}),
        )


def load(checkpoint: Checkpoint, precision: str, device: str, what: str) -> Loaded:
    """The model with all of its weights. Raises SetupError; random weights are never used."""
    import open_clip
    import torch

    tag = checkpoint.tag
    try:
        with hub.offline(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model, transform = open_clip.create_model_from_pretrained(
                checkpoint.name,
                None if checkpoint.folder else str(checkpoint.weights),
                precision=precision,
                device=device,
                weights_only=True,
                # open_clip only warns where a tag was trained with another activation.
                force_quick_gelu=bool(tag.get("quick_gelu", False)),
                image_mean=tag.get("mean"),
                image_std=tag.get("std"),
                image_interpolation=tag.get("interpolation"),
                image_resize_mode=tag.get("resize_mode"),
            )
    except torch.OutOfMemoryError:
        raise SetupError(f"{what} does not fit into the GPU's memory. Use device: cpu") from None
    except loading.failures() as error:
        raise SetupError(f"{what}: {checkpoint.weights} {loading.said(error)}") from None
    dtypes = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
    return Loaded(model.train(mode=False), checkpoint, transform, dtypes[precision], device, what)


def _length(tokenizer: Any, text: str) -> int:
    """Tokens of a text with those that mark its begin and end."""
    if hasattr(tokenizer, "encode"):  # open_clip's own byte pairs
        return len(tokenizer.encode(text)) + 2
    marks = 3 if tokenizer.tokenizer_mode == "clips" else 0
    plain = tokenizer.clean_fn(text)
    return len(tokenizer.tokenizer(plain, add_special_tokens=not marks)["input_ids"]) + marks


def _pair(size: Any) -> tuple[int, int]:
    """Height and width."""
    height, width = (size, size) if isinstance(size, int) else size
    return int(height), int(width)
