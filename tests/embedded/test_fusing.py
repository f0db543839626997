from __future__ import annotations

import numpy as np
import pytest

from tests.embedded.sample import picture
from vsfa_data import embedded
from vsfa_data.embedded import image_classifier


def test_fused_layers_compute_what_the_layers_did(monkeypatch: pytest.MonkeyPatch) -> None:
    images = [picture("animals-duck.jpg")]
    fused = embedded.classifier().probabilities(images)
    monkeypatch.setattr(image_classifier, "fuse", lambda model: model)
    plain = embedded.classifier.__wrapped__().probabilities(images)
    assert not np.array_equal(plain, fused)
    np.testing.assert_allclose(plain, fused, atol=1e-5)
