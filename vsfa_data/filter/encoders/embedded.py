"""ConSE and a branch for drawings, from the embedded models: no hub, no GPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from vsfa_data import embedded
from vsfa_data.errors import UserError
from vsfa_data.filter import embedded_classes
from vsfa_data.filter.drawings import branch
from vsfa_data.filter.encoder import Encoder
from vsfa_data.filter.views import VIEWS, views
from vsfa_data.sections import Section

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOP_CLASSES: Final = 10
"""Classes that an image's vector is made of (Norouzi et al. 2014, arXiv:1312.5650, use 10)."""
TEMPERATURE: Final = 1.5
"""What scores are divided by before the softmax, so that more than one class counts.

With `views` it lifts ROC AUC from 0.63 to 0.76 on the sample, which nothing was fitted on, and from
0.73 to 0.78 on openclipart, cross-validated; of 1, 1.5, 2, 3 and 4 the best or near it.
"""
DRAWN: Final = 1.0
"""Length of the branch's vector where ConSE's has 1: as much. At 2 the held-out figures are no
better, and what photographs show ConSE knows better than the branch."""


class _Seen(NamedTuple):
    """What the views of one image give."""

    probabilities: NDArray[np.float32]
    """Of the classes, [1000]."""
    drawn: NDArray[np.float64]
    """The branch's unit vector, [384]."""
    features: NDArray[np.float32]
    """Direction of the classifier's features, [1280]."""


class EmbeddedOptions(Section):
    """The embedded encoder has no options."""


class EmbeddedEncoder(Encoder):
    """ConSE: an image is the mean of the text vectors of its ten most probable ImageNet classes.

    The mean is weighted by probability; a class's text is its WordNet gloss. d = 384. What is no
    ImageNet class is seen only through the classes that resemble it, and by a branch that learned
    icons and their names, whose vector is added: a floor, no match for CLIP.
    Source: Norouzi et al. 2014, arXiv:1312.5650
    """

    Options: ClassVar[type[Section]] = EmbeddedOptions
    near_duplicate_cosine = 0.95
    """Of the classifier's features: 95 of 100 drawings are that near to their mirror image, and of
    1,600 drawings nearly all pairs that are so near show the same thing twice."""
    others_fit_better = 0.7
    """What ImageNet has no class for is told from other things by luck, so much is let pass: of 785
    stamps and coins of tuxpaint it drops 5% with their own captions (docs/caption.md)."""
    logit_scale = 20.0  # what all-MiniLM-L6-v2 was trained with

    @property
    def identity(self) -> str:
        """The models and the method."""
        return (
            f"conse top-{TOP_CLASSES} views-{VIEWS} temperature-{TEMPERATURE:g} "
            f"drawings-{DRAWN:g} 4; {embedded.CLASSIFIER_IDENTITY}; {embedded.TEXT_IDENTITY}; "
            f"drawings sha256:{branch.SHA256}"
        )

    def require(self) -> None:
        """Raise MissingExtraError if the extra is not installed."""
        embedded.require_packages("the encoder 'embedded'")

    def open(self) -> None:
        """Load the classifier, its branch and its classes' vectors. Raises SetupError."""
        self._classifier: Any = embedded.classifier()
        self._branch = branch.load()
        self._classes = embedded_classes.load()
        self.prepare = views

    def encode_prepared(self, prepared: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
        """What `views` made of images -> float32[n, 384], rows of length 1."""
        return self.encode_marked(prepared)[0]

    def encode_marked(
        self, prepared: Sequence[NDArray[Any]]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The vectors, and the classifier's features: float32[n, 1280], rows of length 1.

        ConSE's vectors of two cats are as good as equal; the features are not.
        """
        import numpy as np

        rows = [self._seen(seen) for seen in prepared]
        if not rows:
            empty = np.empty((0, embedded.TEXT_DIMENSION), np.float32)
            return empty, np.empty((0, embedded.FEATURES), np.float32)
        vectors = conse(np.asarray([row.probabilities for row in rows]), self._classes)
        vectors = together(vectors, np.asarray([row.drawn for row in rows]))
        return vectors, np.asarray([row.features for row in rows])

    def _seen(self, views: NDArray[np.float32]) -> _Seen:
        """Softmax of the views' mean scores: what only one view shows counts for less.

        And the directions of their mean vectors and features.
        """
        import numpy as np

        # Both views at once: less time than one after the other, and no other picture beside.
        found = self._classifier.look(views)
        scores = found.scores.astype("float64").sum(0) / (VIEWS * TEMPERATURE)
        powers = np.exp(scores - scores.max())
        drawn = _direction(self._branch.vectors(found.early))
        features = _direction(found.features)
        return _Seen((powers / powers.sum()).astype("float32"), drawn, features.astype("float32"))

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts -> float32[m, 384], rows of length 1. Raises UserError for one that is too long."""
        model = embedded.text_model()
        for text in texts:
            if (length := model.length(text)) > embedded.MAX_TOKENS:
                raise UserError(
                    f"filter.encoder 'embedded' reads {embedded.MAX_TOKENS} tokens, but "
                    f"'{text[:60]}' has {length}: shorten that text of the concept set"
                )
        return model.encode(texts)


def conse(probabilities: NDArray[np.float32], classes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Class probabilities float32[n, k] and class vectors [k, d] -> unit vectors float32[n, d].

    Row by row, in float64, so that a row does not depend on how many there are.
    """
    import numpy as np

    rows = np.empty((len(probabilities), classes.shape[1]), np.float32)
    for at, row in enumerate(probabilities):
        top = np.argsort(-row, kind="stable")[:TOP_CLASSES]
        mean = row[top].astype(np.float64) @ classes[top].astype(np.float64)
        rows[at] = mean / np.linalg.norm(mean)
    return rows


def together(
    one: NDArray[np.float32], other: NDArray[np.float64], share: float = DRAWN
) -> NDArray[np.float32]:
    """Unit vectors [n, d] of either kind -> `one` and `share` times `other`, of length 1."""
    import numpy as np

    rows = one.astype(np.float64) + share * other
    lengths = np.sqrt((rows * rows).sum(1, keepdims=True))
    return np.asarray(rows / lengths, np.float32)


def _direction(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """The sum of vectors, made of length 1."""
    import numpy as np

    total = rows.astype(np.float64).sum(0)
    return np.asarray(total / (np.linalg.norm(total) or 1.0))
