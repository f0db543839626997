"""The pretrained models that come as Python packages: real weights without a hub or a GPU.

Both run one item at a time on one thread. On a CPU that is as fast as batches, and it makes an
item's result independent of its neighbours and of how many threads the machine has; several
processes give the parallelism.
"""

from vsfa_data.embedded.classes import CLASSES, class_glosses, class_names, class_synonyms
from vsfa_data.embedded.fusing import fuse
from vsfa_data.embedded.image_classifier import (
    EARLY_STAGES,
    FEATURES,
    Classifier,
    Look,
    classifier,
    classifier_weights,
)
from vsfa_data.embedded.pixels import SIDE_PX, prepare, scaled
from vsfa_data.embedded.sentence_model import MAX_TOKENS, TEXT_DIMENSION, TextModel, text_model
from vsfa_data.embedded.threads import one_thread
from vsfa_data.embedded.weights import CLASSIFIER_IDENTITY, TEXT_IDENTITY, require_packages

__all__ = [
    "CLASSES",
    "CLASSIFIER_IDENTITY",
    "EARLY_STAGES",
    "FEATURES",
    "MAX_TOKENS",
    "SIDE_PX",
    "TEXT_DIMENSION",
    "TEXT_IDENTITY",
    "Classifier",
    "Look",
    "TextModel",
    "class_glosses",
    "class_names",
    "class_synonyms",
    "classifier",
    "classifier_weights",
    "fuse",
    "one_thread",
    "prepare",
    "require_packages",
    "scaled",
    "text_model",
]
