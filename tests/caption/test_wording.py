from __future__ import annotations

import pytest

from vsfa_data import embedded
from vsfa_data.ask import neutrality
from vsfa_data.caption import wording
from vsfa_data.caption.pixels.pixels import Pixels
from vsfa_data.embedded import categories

NAMES = categories.vocabulary()
CLASS_NAMES = sorted({NAMES.name(at) for at in range(embedded.CLASSES)})
THINGS = [one.noun for one in NAMES.categories.values() if one.thing]
KINDS = list(NAMES.categories)
ALL = sorted({*CLASS_NAMES, *THINGS, *NAMES.everyday})
PLAIN = Pixels(
    colours=("white", "black"),
    subject_colours=("black", "grey"),
    brightness="bright",
    orientation="square",
    background="plain white",
    framing="centred with a margin",
)
DETAILED = Pixels(
    colours=("green", "brown"),
    subject_colours=None,
    brightness="dark",
    orientation="square",
    background="detailed",
    framing=None,
)


def test_every_caption_that_can_be_made_is_neutral() -> None:
    named = [categories.Named(name, None) for name in ALL]
    named += [categories.Named(None, noun) for noun in KINDS]
    for one in named:
        for seen in (PLAIN, DETAILED):
            text = wording.caption(one, seen)
            assert neutrality.default().first_term(text) is None, text


@pytest.mark.parametrize(
    ("named", "seen", "expected"),
    [
        (
            ("revolver", "firearm"),
            PLAIN,
            (
                "A picture of a revolver on a plain white background. "
                "Apart from the background, the main colours are black and grey."
            ),
        ),
        (
            ("Egyptian cat", "cat"),
            DETAILED,
            "A picture of an Egyptian cat. The main colours are green and brown.",
        ),
        (
            (None, "weapon"),
            DETAILED,
            "A picture of some kind of weapon. The main colours are green and brown.",
        ),
        (
            (None, None),
            PLAIN,
            "A bright picture with black and grey tones on a plain white background.",
        ),
        (
            (None, None),
            DETAILED,
            "A dark picture with green and brown tones.",
        ),
    ],
)
def test_captions(named: tuple[str | None, str | None], seen: Pixels, expected: str) -> None:
    text = wording.caption(categories.Named(*named), seen)
    assert text == expected
    assert neutrality.default().first_term(text) is None


def test_what_is_not_known_is_not_said() -> None:
    nothing = Pixels(None, None, None, "square", None, None)
    assert wording.caption(categories.Named("jeans", "clothing"), nothing) == "A picture of jeans."
    assert wording.caption(categories.Named(None, None), nothing) == ("A picture.")
    one_colour = Pixels(("grey",), None, "moderately bright", "square", None, None)
    assert wording.caption(categories.Named("cat", "mammal"), one_colour) == (
        "A picture of a cat. The main colour is grey."
    )
    assert wording.caption(categories.Named(None, None), one_colour) == (
        "A moderately bright picture with grey tones."
    )


@pytest.mark.parametrize(
    ("items", "expected"),
    [(["red"], "red"), (["red", "grey"], "red and grey"), (["a", "b", "c"], "a, b and c")],
)
def test_lists(items: list[str], expected: str) -> None:
    assert wording.listed(items) == expected
