"""The 1000 classes of ImageNet-1k: their names and what WordNet says of them."""

from __future__ import annotations

from functools import cache
from typing import Final

from vsfa_data.embedded.packaged import require

CLASSES: Final = 1000
"""ImageNet-1k classes that the classifier tells apart."""


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
