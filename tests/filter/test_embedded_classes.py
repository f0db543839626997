"""The shipped class vectors are those that the models give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vsfa_data import embedded
from vsfa_data.errors import SetupError
from vsfa_data.filter import embedded_classes


def test_a_sample_of_rows_is_computed_again() -> None:
    vectors = embedded_classes.load()
    rows = np.random.default_rng(0).choice(1000, 40, replace=False)
    fresh = embedded.text_model().encode([embedded.class_glosses()[row] for row in rows])
    assert vectors.shape == (1000, 384)
    np.testing.assert_allclose(vectors[rows], fresh, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_the_file_is_small_enough_to_ship() -> None:
    assert embedded_classes.FILE.stat().st_size <= 1_600_000


def test_vectors_of_another_model_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "TEXT_IDENTITY", "another model")
    with pytest.raises(SetupError) as caught:
        embedded_classes.load()
    assert str(caught.value) == (
        f"{embedded_classes.FILE} was made from other models or class glosses than the installed "
        f"ones. Run: python -m vsfa_data.filter.embedded_classes"
    )


def test_computing_gives_what_loading_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    glosses = ("rifle: a shoulder firearm", "duck: a swimming bird")
    monkeypatch.setattr(embedded, "class_glosses", lambda: glosses)
    file = tmp_path / "classes.safetensors"
    embedded_classes.compute(file)
    vectors = embedded.text_model().encode(glosses)
    assert np.array_equal(embedded_classes.load(file), vectors)
