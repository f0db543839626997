"""What every captioner must do, whichever it is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from PIL import Image

from vsfa_data import parts, tables
from vsfa_data.caption.captioner import Captioner

Sample = Callable[[str], Image.Image]
PICTURES = ("firearms-m16-rifle.png", "animals-red-panda.jpg", "textures-gravel.jpg")
OPTIONS: dict[str, dict[str, Any]] = {}
"""Options of captioners that cannot do with their defaults."""
HEAVY = ("PIL", "datasets", "huggingface_hub", "numpy", "scipy", "timm", "torch", "transformers")

every_captioner = pytest.mark.parametrize("name", parts.names("captioners"))


@cache
def opened(name: str) -> Captioner:
    part = parts.load("captioners", name)
    captioner: Captioner = part(part.Options(**OPTIONS.get(name, {})))
    captioner.open()
    return captioner


def test_there_is_an_embedded_one() -> None:
    assert "embedded" in parts.names("captioners")


@every_captioner
def test_one_caption_per_image_in_their_order(name: str, sample: Sample) -> None:
    images = [sample(picture) for picture in PICTURES]
    forth, back = opened(name).caption(images), opened(name).caption(images[::-1])
    assert len(forth) == len(images)
    assert forth == back[::-1]


@every_captioner
def test_no_images_have_no_captions(name: str) -> None:
    assert opened(name).caption([]) == []


@every_captioner
def test_the_result_depends_on_the_image_alone(name: str, sample: Sample) -> None:
    images = [sample(picture) for picture in PICTURES]
    together = opened(name).caption(images)
    alone = [opened(name).caption([image])[0] for image in images]
    assert together == alone == opened(name).caption(images)


@every_captioner
def test_captioning_leaves_the_image_as_it_is(name: str, sample: Sample) -> None:
    image = sample(PICTURES[0])
    before = image.tobytes()
    opened(name).caption([image])
    assert (image.mode, image.tobytes()) == ("RGB", before)


@every_captioner
@pytest.mark.parametrize("size", [(1, 1), (3, 400), (64, 64)])
def test_any_size_is_captioned(name: str, size: tuple[int, int]) -> None:
    (made,) = opened(name).caption([Image.new("RGB", size, "grey")])
    assert bool(made.text.strip()) != (made.reason is not None)


@every_captioner
def test_what_is_said_hangs_together(name: str, sample: Sample) -> None:
    for made in opened(name).caption([sample(picture) for picture in PICTURES]):
        assert made.reason is None or made.reason in tables.REASONS
        assert made.subject == (made.labels[0] if made.labels else None)
        assert not set(made.absent) & {made.subject, made.category, *made.labels}
        assert len(set(made.absent)) == len(made.absent)


@every_captioner
def test_the_identity_is_one_line_known_before_opening(name: str) -> None:
    part = parts.load("captioners", name)
    identity = part(part.Options(**OPTIONS.get(name, {}))).identity
    assert identity == opened(name).identity
    assert identity.strip()
    assert "\n" not in identity


@every_captioner
def test_importing_one_loads_nothing_heavy(name: str) -> None:
    code = (
        "import sys; from vsfa_data import parts; "
        f"parts.load('captioners', {name!r}); "
        f"print([heavy for heavy in {HEAVY} if heavy in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
