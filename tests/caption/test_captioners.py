"""What every captioner must do, whichever it is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from PIL import Image

from tests.caption import tiny
from tests.caption.chat_server import MODEL, Server, describes
from tests.caption.made import picture, plain
from vsfa_data import parts, tables
from vsfa_data.caption.captioner import Captioner

Sample = Callable[[str], Image.Image]
PICTURES = ("firearms-m16-rifle.png", "animals-red-panda.jpg", "textures-gravel.jpg")
OPTIONS: dict[str, Callable[[], dict[str, Any]]] = {
    "endpoint": lambda: {"model": MODEL, "url": server().url},
    "transformers": lambda: {
        "model": str(tiny.checkpoint("idefics3")),
        "max_new_tokens": 6,
        "device": "cpu",
    },
}
"""Options of captioners that cannot do with their defaults."""
HEAVY = (
    "PIL",
    "aiohttp",
    "datasets",
    "huggingface_hub",
    "numpy",
    "scipy",
    "timm",
    "torch",
    "transformers",
)

every_captioner = pytest.mark.parametrize("name", parts.names("captioners"))


@cache
def opened(name: str) -> Captioner:
    captioner = made(name)
    captioner.require()
    captioner.open()
    return captioner


@cache
def server() -> Server:
    """One for all tests here; it ends with them."""
    started = Server(describes)
    started.start()
    return started


@pytest.fixture(scope="module", autouse=True)
def end() -> Iterator[None]:
    yield
    if server.cache_info().currsize:
        server().stop()


def made(name: str) -> Captioner:
    part = parts.load("captioners", name)
    options = OPTIONS[name]() if name in OPTIONS else {}
    captioner: Captioner = part(part.Options(**options))
    return captioner


def test_there_is_an_embedded_one() -> None:
    assert "embedded" in parts.names("captioners")


@every_captioner
def test_one_caption_per_image_in_their_order(name: str, sample: Sample) -> None:
    pictures = [picture(sample(one)) for one in PICTURES]
    forth, back = opened(name).caption(pictures), opened(name).caption(pictures[::-1])
    assert len(forth) == len(pictures)
    assert forth == back[::-1]


@every_captioner
def test_no_images_have_no_captions(name: str) -> None:
    assert opened(name).caption([]) == []


@every_captioner
def test_the_result_depends_on_the_image_alone(name: str, sample: Sample) -> None:
    pictures = [picture(sample(one)) for one in PICTURES]
    together = opened(name).caption(pictures)
    alone = [opened(name).caption([one])[0] for one in pictures]
    assert together == alone == opened(name).caption(pictures)


@every_captioner
def test_captioning_leaves_the_picture_as_it_is(name: str, sample: Sample) -> None:
    one = picture(sample(PICTURES[0]))
    before = one.data
    opened(name).caption([one])
    assert one.data == before


@every_captioner
@pytest.mark.parametrize("size", [(1, 1), (3, 400), (64, 64)])
def test_any_size_is_captioned(name: str, size: tuple[int, int]) -> None:
    (said,) = opened(name).caption([plain("grey", size)])
    assert bool(said.text.strip()) != (said.reason is not None)


@every_captioner
def test_what_is_said_hangs_together(name: str, sample: Sample) -> None:
    for said in opened(name).caption([picture(sample(one)) for one in PICTURES]):
        assert said.reason is None or said.reason in tables.REASONS
        assert said.subject == (said.labels[0] if said.labels else None)
        assert not set(said.absent) & {said.subject, said.category, *said.labels}
        assert len(set(said.absent)) == len(said.absent)


@every_captioner
def test_the_identity_is_one_line_known_before_opening(name: str) -> None:
    identity = made(name).identity
    assert identity == opened(name).identity
    assert identity.strip()
    assert "\n" not in identity


@every_captioner
def test_it_likes_a_number_of_pictures_at_a_time(name: str) -> None:
    assert 1 <= opened(name).chunk <= 1024


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
