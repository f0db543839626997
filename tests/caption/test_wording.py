from __future__ import annotations

import pytest

from vsfa_data import embedded
from vsfa_data.ask import grammar, neutrality
from vsfa_data.caption import classes, wording
from vsfa_data.caption.pixels import Pixels

NAMES = classes.vocabulary()
CLASS_NAMES = sorted({NAMES.name(at) for at in range(embedded.CLASSES)})
THINGS = [one.noun for one in NAMES.categories.values() if one.thing]
KINDS = list(NAMES.categories)
ALL = sorted({*CLASS_NAMES, *THINGS, *NAMES.everyday})

PROPER_NOUNS = """
Afghan African Airedale American Angora Appenzeller Arabian Arctic Australian Bedlington Bernese
Blenheim Border Boston Bouvier Brittany Brussels CD Cardigan Chesapeake Bay Chihuahua Christmas
Dandie Dinmont Doberman Dungeness Dutch Egyptian English Entlebucher European Flandres French
German Gila Gordon Great Dane Greater Swiss Highland Ibizan Indian Irish Italian Japanese Kerry
Komodo Labrador Lakeland Leonberger Lhasa Apso Maltese Mexican Model Newfoundland Norfolk
Norwegian Norwich Old Pekinese Pembroke Persian Petri Pomeranian Pyrenees Rhodesian Rottweiler
Saint Bernard Saluki Samoyed Scottish Sealyham Shetland Shih-Tzu Siamese Staffordshire Sussex T
T-shirt Tibetan Walker Weimaraner Welsh West Yorkshire
"""

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


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("revolver", "a revolver"),
        ("assault rifle", "an assault rifle"),
        ("Egyptian cat", "an Egyptian cat"),
        ("European fire salamander", "a European fire salamander"),
        ("husky", "a husky"),
        ("Great Pyrenees", "a Great Pyrenees"),
        ("T-shirt", "a T-shirt"),
        ("hourglass", "an hourglass"),
        ("unicycle", "a unicycle"),
        ("umbrella", "an umbrella"),
        ("upright piano", "an upright piano"),
        ("binoculars", "binoculars"),
        ("sunglasses", "sunglasses"),
        ("jeans", "jeans"),
        ("red wine", "red wine"),
        ("cup of espresso", "a cup of espresso"),
        ("roll of paper towels", "a roll of paper towels"),
        ("CD player", "a CD player"),
    ],
)
def test_articles(name: str, expected: str) -> None:
    assert wording.with_article(name) == expected


def test_names_read_the_same_in_captions_and_in_answers() -> None:
    captions = {name: wording.with_article(name) for name in ALL}
    assert captions == {name: grammar.with_article(name) for name in ALL}


def test_names_are_clean() -> None:
    for name in {*ALL, *KINDS}:
        assert name == name.strip()
        assert not set(name) & set("_,;:()[]{}/0123456789"), name
        assert name.split()[0] not in {"a", "an", "the", "some"}, name


def test_lower_case_unless_proper() -> None:
    """Every capitalised word in a name is a proper noun, an abbreviation or a breed."""
    proper_nouns = set(PROPER_NOUNS.split())
    capitals = {word for name in ALL for word in name.split() if word[:1].isupper()}
    assert capitals - proper_nouns == set()


def test_every_caption_that_can_be_made_is_neutral() -> None:
    named = [classes.Named(name, None) for name in ALL]
    named += [classes.Named(None, noun) for noun in KINDS]
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
    text = wording.caption(classes.Named(*named), seen)
    assert text == expected
    assert neutrality.default().first_term(text) is None


def test_what_is_not_known_is_not_said() -> None:
    nothing = Pixels(None, None, None, "square", None, None)
    assert wording.caption(classes.Named("jeans", "clothing"), nothing) == "A picture of jeans."
    assert wording.caption(classes.Named(None, None), nothing) == ("A picture.")
    one_colour = Pixels(("grey",), None, "moderately bright", "square", None, None)
    assert wording.caption(classes.Named("cat", "mammal"), one_colour) == (
        "A picture of a cat. The main colour is grey."
    )
    assert wording.caption(classes.Named(None, None), one_colour) == (
        "A moderately bright picture with grey tones."
    )


@pytest.mark.parametrize(
    ("items", "expected"),
    [(["red"], "red"), (["red", "grey"], "red and grey"), (["a", "b", "c"], "a, b and c")],
)
def test_lists(items: list[str], expected: str) -> None:
    assert wording.listed(items) == expected
