"""open_clip models, against open_clip's own results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import pytest
import torch

from tests.embedded.sample import picture
from tests.filter import models
from vsfa_data.errors import SetupError, UserError
from vsfa_data.filter.encoders.open_clip import OpenClipEncoder, OpenClipOptions

PICTURES = ("animals-duck.jpg", "blades-sword.png", "pets-kitten.jpg", "firearms-m16-rifle.png")
TEXTS = ["a photo of a rifle", "a duck", "fireworks in the night sky"]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.open_clip_folder(tmp_path_factory.mktemp("open_clip") / "clip")


def encoder(folder: Path, **options: Any) -> OpenClipEncoder:
    chosen = {"device": "cpu", "model": f"local-dir:{folder}", **options}
    return OpenClipEncoder(OpenClipOptions(**chosen))


def opened(folder: Path, **options: Any) -> OpenClipEncoder:
    made = encoder(folder, **options)
    made.open()
    return made


def theirs(folder: Path, precision: str = "fp32") -> tuple[np.ndarray, np.ndarray]:
    """What open_clip itself makes of the pictures and the texts."""
    name = f"local-dir:{folder}"
    model, transform = open_clip.create_model_from_pretrained(name, precision=precision)
    model.train(mode=False)
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
    with torch.inference_mode():
        pixels = torch.stack([transform(picture(name)) for name in PICTURES]).to(dtype)
        images = model.encode_image(pixels).float()
        texts = model.encode_text(open_clip.get_tokenizer(name)(TEXTS)).float()
    return tuple(torch.nn.functional.normalize(x, dim=-1).numpy() for x in (images, texts))


@pytest.mark.parametrize(
    "preprocess",
    [
        {},
        {"resize_mode": "squash", "mean": [0.5] * 3, "std": [0.5] * 3},
        {"resize_mode": "longest", "interpolation": "bilinear", "fill_color": 99},
    ],
    ids=["shortest", "squash", "longest"],
)
def test_vectors_are_those_of_open_clip(tmp_path: Path, preprocess: dict[str, Any]) -> None:
    folder = models.open_clip_folder(tmp_path / "model", preprocess=preprocess)
    ours, (images, texts) = opened(folder), theirs(folder)
    found = ours.encode_images([picture(name) for name in PICTURES])
    np.testing.assert_allclose(found, images, atol=1e-5)
    np.testing.assert_allclose(ours.encode_texts(TEXTS), texts, atol=1e-5)
    assert ours.prepare_elsewhere == (preprocess.get("resize_mode") != "longest")


def test_half_precision_stays_near(clip: Path) -> None:
    ours = opened(clip, precision="bf16")
    images, texts = theirs(clip, "bf16")
    found = ours.encode_images([picture(name) for name in PICTURES])
    np.testing.assert_allclose(found, images, atol=1e-2)
    np.testing.assert_allclose(ours.encode_texts(TEXTS), texts, atol=1e-2)
    assert ours.identity != encoder(clip).identity


def test_siglip_has_its_bias_and_clip_has_none(tmp_path: Path, clip: Path) -> None:
    siglip = opened(models.open_clip_folder(tmp_path / "siglip", models.SIGLIP))
    assert siglip.logit_bias == -10.0
    plain = opened(clip)
    assert plain.logit_bias == 0.0
    assert plain.logit_scale == pytest.approx(1 / 0.07, rel=1e-4)


def test_identity_follows_every_byte_but_no_path(tmp_path: Path, clip: Path) -> None:
    same = tmp_path / "elsewhere"
    same.mkdir()
    for file in clip.iterdir():
        (same / file.name).write_bytes(file.read_bytes())
    assert encoder(same).identity == encoder(clip).identity
    assert str(tmp_path) not in encoder(same).identity
    config = same / "open_clip_config.json"
    config.write_text(
        config.read_text().replace('"preprocess_cfg": {}', '"preprocess_cfg": {"a":1}')
    )
    assert encoder(same).identity != encoder(clip).identity


def test_weights_of_a_file_for_a_built_in_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = open_clip.get_model_config("RN50")
    vision = {**known["vision_cfg"], "layers": [1, 1, 1, 1], "width": 8, "image_size": 64}
    config = {**known, "vision_cfg": vision, "text_cfg": models.CLIP["text_cfg"]}
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "RN50", config)  # a smaller one
    torch.manual_seed(0)
    file = tmp_path / "weights.pt"
    torch.save({"state_dict": open_clip.CLIP(**config).state_dict()}, file)
    made = OpenClipEncoder(OpenClipOptions(model="RN50", pretrained=str(file), device="cpu"))
    made.open()
    assert made.identity.startswith("open_clip 1; RN50 file; sha256:")
    assert made.encode_images([picture(PICTURES[0])]).shape == (1, 1024)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"model": "ViT-X-99"}, r"^filter.model: open_clip knows no model 'ViT-X-99'. Give one"),
        ({"model": "ViT-B-32"}, r"^filter.pretrained is missing: .* one of: openai, laion400m_e31"),
        (
            {"model": "ViT-B-32", "pretrained": "nothing"},
            r"^filter.pretrained: 'nothing' is neither a file nor a tag of this model \(openai,",
        ),
        ({"model": "local-dir:/nowhere"}, r"local-dir:/nowhere': there is no folder /nowhere$"),
        ({"model": "local-dir:/x", "pretrained": "openai"}, r"brings its own weights"),
    ],
)
def test_names_that_mean_nothing(options: dict[str, str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        OpenClipEncoder(OpenClipOptions(device="cpu", **options)).require()


def test_a_checkpoint_that_is_not_here_says_how_to_bring_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    wanted = OpenClipOptions(model="ViT-B-32", pretrained="openai", device="cpu")
    with pytest.raises(
        SetupError, match=r"HF_HUB_OFFLINE is set\. Where there is a network, run: "
    ):
        OpenClipEncoder(wanted).require()


def test_corrupt_weights_and_those_of_another_model(tmp_path: Path, clip: Path) -> None:
    for name, data in (("cut", b"x" * 100), ("other", None)):
        folder = tmp_path / name
        folder.mkdir()
        for file in clip.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        weights = folder / "open_clip_model.safetensors"
        if data is None:
            from safetensors.torch import save_file

            save_file({"wrong": torch.zeros(1)}, weights)
        else:
            weights.write_bytes(data)
        with pytest.raises(SetupError, match=r"safetensors cannot be loaded \(\w+: ") as caught:
            opened(folder)
        assert "\n" not in str(caught.value)


class _Evil:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.mark,))


def test_a_pickle_is_refused(tmp_path: Path, clip: Path) -> None:
    folder = tmp_path / "pickled"
    folder.mkdir()
    (folder / "open_clip_config.json").write_bytes((clip / "open_clip_config.json").read_bytes())
    torch.save({"state_dict": _Evil(tmp_path / "ran")}, folder / "open_clip_pytorch_model.bin")
    with pytest.raises(UserError, match=r"only as a pickle \(open_clip_pytorch_model.bin\)"):
        encoder(folder).require()
    file = folder / "open_clip_pytorch_model.bin"
    named = OpenClipOptions(model="RN50", pretrained=str(file), device="cpu")
    with pytest.raises(SetupError, match="is refused: it is no plain file of tensors but a pickle"):
        OpenClipEncoder(named).open()
    assert not (tmp_path / "ran").exists()


def test_weights_that_give_no_numbers(tmp_path: Path, clip: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "nan"
    folder.mkdir()
    (folder / "open_clip_config.json").write_bytes((clip / "open_clip_config.json").read_bytes())
    weights = load_file(clip / "open_clip_model.safetensors")
    weights["visual.proj"] = weights["visual.proj"] * float("nan")
    save_file(weights, folder / "open_clip_model.safetensors")
    with pytest.raises(SetupError, match="1 of 1 vectors are not finite numbers"):
        opened(folder).encode_images([picture(PICTURES[0])])


def test_a_text_that_would_be_cut_is_named(clip: Path) -> None:
    long = "a very " * 80 + "long text"
    with pytest.raises(
        UserError, match=r"reads 77 tokens, but 'a very a very .*' has 164: shorten"
    ):
        opened(clip).encode_texts(["short", long])


def test_a_gpu_that_is_not_there(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(
        SetupError, match=r"torch sees no CUDA GPU\. Use device: cpu or device: auto"
    ):
        encoder(clip, device="cuda").require()
    assert encoder(clip, device="auto").device == "cpu"
