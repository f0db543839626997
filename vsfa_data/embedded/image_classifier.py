"""EfficientNet-Lite2: which of 1000 classes a picture is of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from vsfa_data.embedded.classes import CLASSES
from vsfa_data.embedded.fusing import fuse
from vsfa_data.embedded.packaged import read, require
from vsfa_data.embedded.pixels import prepare
from vsfa_data.embedded.threads import one_thread
from vsfa_data.embedded.weights import CLASSIFIER

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

FEATURES: Final = 1280
"""Numbers, none below 0, that the classifier tells classes apart by."""
EARLY_STAGES: Final = 4
"""Of its seven stages, those that other networks can go on from."""


class Look(NamedTuple):
    """What the classifier makes of `n` views of a picture."""

    scores: NDArray[np.float32]
    """Log probabilities but for a constant, [n, 1000]."""
    features: NDArray[np.float32]
    """What the scores are computed from, [n, 1280]."""
    early: Any
    """What the first EARLY_STAGES give: a tensor of torch, [n, 88, 17, 17]."""


class Classifier:
    """EfficientNet-Lite2 trained on ImageNet-1k (Apache 2.0). Make one with `classifier()`."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def probabilities(self, images: Sequence[Image]) -> NDArray[np.float32]:
        """RGB images of any size -> float32[n, 1000]: softmax over classes, rows sum to 1.

        The central 7/8 of the shorter side is scaled to 260 px (bicubic), (x - 127) / 128.
        """
        import numpy as np

        pixels = (prepare(image) for image in images)
        rows = [self.of_pixels(one) for one in pixels]
        return np.stack(rows) if rows else np.empty((0, CLASSES), np.float32)

    def of_pixels(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Pixels as `prepare` makes them, float32[260, 260, 3] -> float32[1000]: softmax."""
        import torch

        probabilities: NDArray[np.float32] = (
            torch.from_numpy(self.scores(pixels)).softmax(0).numpy()
        )
        return probabilities

    def scores(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Pixels as `prepare` makes them -> log probabilities but for a constant, float32[1000]."""
        found: NDArray[np.float32] = self.look(pixels[None]).scores[0]
        return found

    def look(self, views: NDArray[np.float32]) -> Look:
        """Pixels as `prepare` makes them, [n, 260, 260, 3] -> all that is known of them."""
        import torch

        with torch.inference_mode(), one_thread():
            # Height, width, channel read as N, C, H, W is what torch calls channels_last.
            scores, features, early = self.compute(torch.from_numpy(views).permute(0, 3, 1, 2))
            return Look(scores.numpy(), features.numpy(), early)

    def compute(self, batch: Any) -> tuple[Any, Any, Any]:
        """Pixels as a tensor [n, 3, 260, 260] -> scores, features and what `Look.early` holds."""
        model = self.model
        early = model.blocks[:EARLY_STAGES](model.bn1(model.conv_stem(batch)))
        late = model.bn2(model.conv_head(model.blocks[EARLY_STAGES:](early)))
        features = model.forward_head(late, pre_logits=True)
        return model.classifier(features), features, early


def classifier_weights() -> bytes:
    """The classifier's file, for `torch.load`. Raises as `classifier` does."""
    return read(CLASSIFIER, "the embedded classifier")


@cache
def classifier() -> Classifier:
    """The image classifier, loaded once per process.

    Raises MissingExtraError if a package is missing, SetupError if the weights are not those
    that CLASSIFIER_IDENTITY names.
    """
    require("the embedded classifier", "torch", "timm")
    data = classifier_weights()
    import timm
    import torch

    model = timm.create_model("tf_efficientnet_lite2", pretrained=False)
    weights = torch.load(BytesIO(data), map_location="cpu", weights_only=True)
    # The package names its layers otherwise; their order is the same.
    model.load_state_dict(dict(zip(model.state_dict(), weights.values(), strict=True)))
    return Classifier(fuse(model.train(mode=False)).to(memory_format=torch.channels_last))
