from __future__ import annotations

import json
import shutil
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.collect.synthesis import tiny
from vsfa_data.collect.rejected import Rejected
from vsfa_data.collect.synthesis.model import Drawing, TextToImage
from vsfa_data.collect.synthesis.prompts import Shot
from vsfa_data.errors import SetupError

PLAIN = Drawing(
    steps=2,
    guidance=5.0,
    width_px=48,
    height_px=32,
    negative_prompt=None,
    batch_size=1,
    device="cpu",
    dtype="auto",
)
SHOTS = (Shot("a sword", 1), Shot("a dog", 2), Shot("a dog", 2**63 - 1))


def draw(folder: Path, **changed: Any) -> list[bytes | Rejected]:
    return list(TextToImage(folder, replace(PLAIN, **changed)).draw(SHOTS))


def pixels(drawn: bytes | Rejected) -> bytes:
    assert isinstance(drawn, bytes)
    return Image.open(BytesIO(drawn)).tobytes()


def test_each_shot_becomes_a_png_of_the_size_asked_for(checkpoint: Path) -> None:
    drawn = draw(checkpoint)
    for one in drawn:
        assert isinstance(one, bytes)
        image = Image.open(BytesIO(one))
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", (48, 32))
    assert len(set(map(pixels, drawn))) == 3


def test_a_shot_can_be_made_again_alone_and_to_the_byte(checkpoint: Path) -> None:
    whole = draw(checkpoint)
    model = TextToImage(checkpoint, PLAIN)
    assert [next(iter(model.draw([shot]))) for shot in reversed(SHOTS)] == whole[::-1]


def test_noise_comes_from_the_shot_and_not_from_its_batch(checkpoint: Path) -> None:
    alone, together = draw(checkpoint), draw(checkpoint, batch_size=2)
    for one, other in zip(alone, together, strict=True):
        both = zip(pixels(one), pixels(other), strict=True)
        assert max(abs(a - b) for a, b in both) <= 1  # a batch may round otherwise


@pytest.mark.parametrize(
    "changed", [{"steps": 3}, {"guidance": 1.0}, {"negative_prompt": "a cat"}], ids=str
)
def test_every_setting_reaches_the_model(checkpoint: Path, changed: dict[str, Any]) -> None:
    assert draw(checkpoint, **changed) != draw(checkpoint)


def test_a_safety_checker_stays_and_what_it_flags_is_no_picture(tmp_path: Path) -> None:
    strict = tiny.saved(tmp_path / "strict", safety_checker=tiny.checker(threshold=-2.0))
    mild = tiny.saved(tmp_path / "mild", safety_checker=tiny.checker(threshold=2.0))
    flagged = draw(strict)
    assert [one.reason for one in flagged if isinstance(one, Rejected)] == ["flagged"] * 3
    assert all(isinstance(one, bytes) for one in draw(mild))


def test_pickled_weights_are_never_loaded(tmp_path: Path) -> None:
    folder = tiny.saved(tmp_path, safetensors=False)
    assert list(folder.glob("*/*.bin"))
    with pytest.raises(SetupError, match=r"cannot be loaded .* Weights must be safetensors"):
        TextToImage(folder, PLAIN)


def test_code_that_comes_with_a_model_is_never_run(tmp_path: Path, checkpoint: Path) -> None:
    folder, trace = tmp_path / "model", tmp_path / "trace"
    shutil.copytree(checkpoint, folder)
    code = f"open({str(trace)!r}, 'w').close()\nclass Own: pass\n"
    (folder / "unet" / "own.py").write_text(code)
    (folder / "own.py").write_text(code)
    index = json.loads((folder / "model_index.json").read_text())
    for changed in (
        {"unet": ["own", "Own"]},
        {"_class_name": ["own", "Own"]},
        {"unet": ["subprocess", "Popen"]},
    ):
        (folder / "model_index.json").write_text(json.dumps(index | changed))
        with pytest.raises(SetupError, match="code that comes with a model is never run"):
            TextToImage(folder, PLAIN)
    assert not trace.exists()


def test_a_folder_that_lacks_a_part_is_told_in_one_line(tmp_path: Path, checkpoint: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(checkpoint, folder)
    shutil.rmtree(folder / "unet")
    with pytest.raises(SetupError) as caught:
        TextToImage(folder, PLAIN)
    assert "\n" not in str(caught.value)


def test_a_model_that_does_not_draw_from_text_is_refused(tmp_path: Path) -> None:
    from diffusers import DDIMScheduler, DDPMPipeline

    made = tiny.pipeline(tmp_path / "words")
    DDPMPipeline(unet=made.unet, scheduler=DDIMScheduler()).save_pretrained(tmp_path / "ddpm")
    with pytest.raises(SetupError) as caught:
        TextToImage(tmp_path / "ddpm", PLAIN)
    assert str(caught.value) == (
        f"{tmp_path / 'ddpm'} is a DDPMPipeline, which takes no prompt. "
        f"Choose a text-to-image model, for example of Stable Diffusion"
    )


def test_a_gpu_that_is_not_there_is_told(checkpoint: Path) -> None:
    import torch

    missing = "mps" if torch.cuda.is_available() else "cuda"
    with pytest.raises(SetupError, match=rf"'device' is {missing}, but torch .*Use device: auto"):
        TextToImage(checkpoint, replace(PLAIN, device=missing))


def test_running_out_of_memory_says_what_to_make_smaller(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    model = TextToImage(checkpoint, PLAIN)

    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(model._pipeline.unet, "forward", full)
    with pytest.raises(SetupError, match="Use a smaller 'batch_size'"):
        list(model.draw(SHOTS))
