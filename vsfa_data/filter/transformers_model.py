"""A CLIP-like model of transformers that is loaded: images and texts to features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from vsfa_data.errors import UserError
from vsfa_data.filter.resizing import Resizing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image


@dataclass
class Loaded:
    """A model that is ready to compute. Features are not normalised yet.

    A picture travels in one array: uint8[h, w, 3] where the processor is one that Resizing can
    stand for, else what the processor makes, float32[3, h, w]. A model of variable size (SigLIP 2
    NaFlex) is told something beside: float32[patches + 1, d], whose last row begins with the
    number of patches down and across.
    """

    model: Any
    processor: Any
    images: Any
    device: str
    what: str

    @property
    def vision(self) -> Any:
        """What encodes images."""
        return self.model.vision_model

    @property
    def logit_scale(self) -> float:
        """Exp of the learned scale: what cosines are multiplied with."""
        return float(self.model.logit_scale.detach().float().exp())

    @property
    def logit_bias(self) -> float:
        """SigLIP's bias; 0 where the model has none."""
        bias = getattr(self.model, "logit_bias", None)
        return 0.0 if bias is None else float(bias.detach().float())

    @property
    def prepare(self) -> Callable[[Image], NDArray[Any]]:
        """RGB image -> what transformers' own processor makes of it, or the pixels for that."""
        return resizing_of(self.images) or self._prepared

    def _prepared(self, image: Image) -> NDArray[np.float32]:
        import numpy as np

        found = self.images(images=image, return_tensors="np")
        pixels: NDArray[np.float32] = found["pixel_values"][0].astype(np.float32)
        if "spatial_shapes" not in found:
            return pixels
        shape = np.zeros((1, pixels.shape[1]), np.float32)
        shape[0, :2] = found["spatial_shapes"][0]
        return np.concatenate([pixels, shape])

    def blank(self) -> NDArray[Any]:
        """What `prepare` makes of a black picture."""
        from PIL import Image as Pillow

        return self.prepare(Pillow.new("RGB", (512, 512)))

    def encode_image(self, prepared: Any) -> Any:
        """A batch of what `prepare` makes, on the device -> features [n, d]."""
        if not prepared.is_floating_point():
            prepared = self._normalised(prepared)
        if prepared.ndim == 4:
            return self._features(self.model.get_image_features(prepared.to(self.model.dtype)))
        import torch

        shapes = prepared[:, -1, :2].round().long()
        pixels = prepared[:, :-1]
        mask = torch.arange(pixels.shape[1], device=pixels.device) < shapes.prod(1, keepdim=True)
        return self._features(
            self.model.get_image_features(
                pixels.to(self.model.dtype), pixel_attention_mask=mask.int(), spatial_shapes=shapes
            )
        )

    @cached_property
    def _mean_and_deviation(self) -> tuple[Any, Any]:
        import torch

        mean, deviation = (
            torch.tensor(values, dtype=torch.float32, device=self.device).view(1, 3, 1, 1)
            for values in (self.images.image_mean, self.images.image_std)
        )
        return mean, deviation

    def _normalised(self, pixels: Any) -> Any:
        """uint8[n, h, w, 3] -> float32[n, 3, h, w], as the processor rescales and normalises."""
        mean, deviation = self._mean_and_deviation
        floats = pixels.permute(0, 3, 1, 2).contiguous().float()
        return floats.mul(self.images.rescale_factor).sub(mean).div(deviation)

    def encode_text(self, tokens: Any) -> Any:
        """int64[m, 1 or 2, length]: ids and, if the processor gives one, the mask."""
        mask = {"attention_mask": tokens[:, 1]} if tokens.shape[1] == 2 else {}
        return self._features(self.model.get_text_features(tokens[:, 0], **mask))

    @staticmethod
    def _features(found: Any) -> Any:
        return getattr(found, "pooler_output", found)

    @cached_property
    def _limit(self) -> int:
        return int(self.model.config.text_config.max_position_embeddings)

    def tokens(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """As `encode_text` takes them. Raises UserError for a text that would be cut."""
        return [self._tokenised(text) for text in texts]

    def _tokenised(self, text: str) -> NDArray[np.int64]:
        import numpy as np

        # Not cut: a text that is too long comes out longer than it was to be filled up to.
        settings = {"padding": "max_length", "max_length": self._limit, "truncation": False}
        found = self.processor(text=[text], return_tensors="np", **settings)
        keys = [key for key in ("input_ids", "attention_mask") if key in found]
        rows = np.stack([found[key][0] for key in keys]).astype(np.int64)
        if rows.shape[1] > self._limit:
            raise UserError(
                f"{self.what} reads {self._limit} tokens, but '{text[:60]}' has {rows.shape[1]}: "
                f"shorten that text of the concept set"
            )
        return rows


def resizing_of(images: Any) -> Resizing | None:
    """What does the same as a processor of CLIP or SigLIP up to the pixels; None for others.

    It is several times as fast and runs in processes that never load transformers.
    """
    steps = ("do_resize", "do_rescale", "do_normalize", "do_convert_rgb")
    kinds: dict[int, Literal["bicubic", "bilinear"]] = {2: "bilinear", 3: "bicubic"}
    kind = kinds.get(int(getattr(images, "resample", -1)))
    size = dict(getattr(images, "size", None) or {})
    known = type(images).__name__ in {"CLIPImageProcessorPil", "SiglipImageProcessorPil"}
    if not known or kind is None or not all(getattr(images, step, False) for step in steps):
        return None
    crop = images.crop_size if getattr(images, "do_center_crop", False) else None
    if crop is None and size.get("height") and size.get("height") == size.get("width"):
        return Resizing(size["height"], "squash", kind)
    short = size.get("shortest_edge")
    if short and crop is not None and {crop["height"], crop["width"]} == {short}:
        return Resizing(short, "shortest", kind, "down")
    return None
