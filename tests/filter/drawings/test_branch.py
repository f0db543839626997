"""The branch for drawings: its weights, checked, and what they make of a picture."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.embedded.sample import picture
from vsfa_data import embedded
from vsfa_data.errors import SetupError
from vsfa_data.filter import views
from vsfa_data.filter.drawings import branch


def looks(*names: str) -> list[embedded.Look]:
    """The classifier's looks at the whole of each picture."""
    return [embedded.classifier().look(views.views(picture(name))[:1]) for name in names]


def test_drawings_are_nearest_to_their_own_names() -> None:
    # ImageNet has no class for any of them.
    found = looks(
        "hazard-radioactive-sign.png", "fire-fireball.png", "horror-skull-and-bones.png",
        "explosives-bomb.png", "plants-tulips.png",
    )  # fmt: skip
    names = ["a radioactive sign", "fire", "a skull", "a bomb", "a tulip"]
    texts = embedded.text_model().encode(names)
    rows = np.stack([branch.load().vectors(one.early)[0] for one in found])
    # Texts have much in common that says nothing of their subject: it is taken out.
    assert (rows @ (texts - texts.mean(0)).T).argmax(1).tolist() == [0, 1, 2, 3, 4]


def test_a_vector_does_not_depend_on_the_pictures_beside_it() -> None:
    import torch

    found = looks("blades-sword.png", "animals-duck.jpg")
    one, other = (branch.load().vectors(look.early)[0] for look in found)
    with torch.inference_mode():
        both = branch.load().compute(torch.cat([look.early for look in found])).numpy()
    assert one.dtype == np.float32
    assert one.shape == (embedded.TEXT_DIMENSION,)
    np.testing.assert_allclose(np.stack([one, other]), both, atol=1e-4)
    assert np.array_equal(branch.load().vectors(found[0].early)[0], one)


def test_the_classifier_keeps_its_own_late_stages() -> None:
    before = looks("blades-sword.png")[0]
    branch.load.__wrapped__()
    after = looks("blades-sword.png")[0]
    assert np.array_equal(before.features, after.features)
    assert np.array_equal(before.scores, after.scores)


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = tmp_path / "weights.safetensors"
    shutil.copy(branch.FILE, changed)
    with changed.open("r+b") as stream:
        stream.seek(-1, 2)
        stream.write(b"?")
    monkeypatch.setattr(branch, "FILE", changed)
    with pytest.raises(SetupError, match=r"is not the file it should be: its sha256 is [0-9a-f]+"):
        branch.load.__wrapped__()
    changed.unlink()
    with pytest.raises(SetupError, match=r"is not there\. Run: pip install"):
        branch.load.__wrapped__()


def test_the_file_is_small_enough_to_ship() -> None:
    assert branch.FILE.stat().st_size < 10_000_000
