from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from tests.caption.made import picture
from vsfa_data import embedded
from vsfa_data.caption.captioner import Caption
from vsfa_data.caption.captioners.embedded import EmbeddedCaptioner, EmbeddedOptions, views
from vsfa_data.embedded import categories

Sample = Callable[[str], Image.Image]


@cache
def captioner(
    min_confidence: float = 0.7, min_category_confidence: float = 0.6
) -> EmbeddedCaptioner:
    made = EmbeddedCaptioner(
        EmbeddedOptions(
            min_confidence=min_confidence, min_category_confidence=min_category_confidence
        )
    )
    made.open()
    return made


def said(image: Image.Image) -> Caption:
    return captioner().caption([picture(image)])[0]


def test_a_rifle_is_called_what_it_is_and_no_more(sample: Sample) -> None:
    made = said(sample("firearms-m16-rifle.png"))
    assert made.text == (
        "A picture of an assault rifle on a plain white background. Apart from the background, "
        "the main colours are grey and black."
    )
    assert (made.labels, made.subject, made.category) == (
        ("assault rifle",),
        "assault rifle",
        "firearm",
    )


@pytest.mark.parametrize(
    ("picture", "subject", "category"),
    [
        ("animals-scarlet-macaw.jpg", "macaw", "bird"),
        ("music-trombone.png", "trombone", "musical instrument"),
        ("buildings-pont-du-gard.jpg", "viaduct", "bridge"),
        ("tools-vacuum-cleaner.png", "vacuum cleaner", "household appliance"),
        # The class is not sure enough, its category is.
        ("pets-tabby-cat.jpg", "cat", "mammal"),
        ("furniture-white-chair.jpg", None, "furniture"),
    ],
)
def test_real_pictures(
    sample: Sample, picture: str, subject: str | None, category: str | None
) -> None:
    made = said(sample(picture))
    assert (made.subject, made.category) == (subject, category)


@pytest.mark.parametrize(
    "picture", ["blades-knife.png", "explosives-bomb.png", "explosives-shell.png"]
)
def test_what_is_not_sure_is_not_named(sample: Sample, picture: str) -> None:
    made = said(sample(picture))
    assert (made.labels, made.subject, made.category, made.absent) == ((), None, None, ())
    assert made.text.endswith("on a plain white background.")


@pytest.mark.parametrize(
    ("name", "title", "found"),
    [
        ("animals-tiger.png", "Tiger", ("tiger", "wild cat")),
        ("firearms-blue-pistol.png", "Blue pistol", ("firearm", "weapon")),
        ("blades-knife.png", "Kitten", (None, None)),
        ("firearms-m16-rifle.png", "Tiger", ("assault rifle", "firearm")),
    ],
)
def test_a_title_is_believed_where_the_classifier_finds_it_likely(
    sample: Sample, name: str, title: str, found: tuple[str | None, str | None]
) -> None:
    shown = replace(picture(sample(name)), title=title)
    (made,) = captioner().caption([shown])
    assert (made.subject, made.category) == found
    deaf = EmbeddedCaptioner(EmbeddedOptions(min_titled_confidence=None))
    deaf.open()
    assert deaf.caption([shown]) == captioner().caption([picture(sample(name))])


def test_absent_things_are_four_everyday_ones_drawn_by_the_pixels(sample: Sample) -> None:
    image = sample("firearms-m16-rifle.png")
    first = said(image).absent
    assert len(first) == 4
    assert set(first) <= set(categories.vocabulary().everyday)
    image.putpixel((0, 0), (254, 254, 254))
    other = said(image).absent
    assert len(other) == 4
    assert other != first


def test_higher_thresholds_name_less(sample: Sample) -> None:
    image = sample("animals-red-panda.jpg")
    found = [
        (made.subject, made.category)
        for limits in ((0.55, 0.55), (0.99, 0.6), (0.99, 0.99))
        for made in captioner(*limits).caption([picture(image)])
    ]
    assert found == [("red panda", "mammal"), (None, "mammal"), (None, None)]


@pytest.mark.parametrize("value", [0.5, 0.0, 1.01])
@pytest.mark.parametrize("key", ["min_confidence", "min_category_confidence"])
def test_thresholds_that_two_names_could_reach_are_refused(key: str, value: float) -> None:
    with pytest.raises(ValidationError):
        EmbeddedOptions.model_validate({key: value})


def test_the_identity_names_the_weights_and_the_file_of_names() -> None:
    identity = EmbeddedCaptioner(EmbeddedOptions()).identity
    assert embedded.CLASSIFIER_IDENTITY in identity
    assert len(identity.split("names sha256:")[1].split(";")[0]) == 64


def test_views_are_the_picture_and_all_of_it_on_a_square_with_their_mirror_images() -> None:
    image = Image.new("RGB", (70, 35), (10, 20, 30))
    image.putpixel((5, 5), (255, 0, 0))
    plain, mirrored, whole, whole_mirrored = (np.asarray(view) for view in views(image))
    assert (plain == np.asarray(image)).all()
    assert (mirrored == plain[:, ::-1]).all()
    assert whole.shape == (80, 80, 3)  # 70 / 0.875
    assert (whole[22:57, 5:75] == plain).all()
    assert (whole[:22] == (10, 20, 30)).all()
    assert (whole_mirrored == whole[:, ::-1]).all()
