from __future__ import annotations

import numpy as np
import pytest

from tests.embedded.sample import picture
from vsfa_data import embedded


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("animals-scarlet-macaw.jpg", "macaw"),
        ("animals-red-panda.jpg", "lesser panda"),
        ("firearms-m16-rifle.png", "assault rifle"),
    ],
)
def test_classifier_names_what_is_there(file: str, name: str) -> None:
    (row,) = embedded.classifier().probabilities([picture(file)])
    assert embedded.class_names()[int(row.argmax())] == name


def test_probabilities_do_not_depend_on_the_batch() -> None:
    images = [picture("animals-duck.jpg"), picture("blades-sword.png"), picture("pets-kitten.jpg")]
    together = embedded.classifier().probabilities(images)
    assert together.shape == (3, 1000)
    assert together.dtype == np.float32
    np.testing.assert_allclose(together.sum(1), 1.0, atol=1e-5)
    for image, row in zip(images, together, strict=True):
        assert np.array_equal(embedded.classifier().probabilities([image])[0], row)
    assert embedded.classifier().probabilities([]).shape == (0, 1000)
