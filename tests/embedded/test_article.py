from __future__ import annotations

import pytest

from vsfa_data import embedded
from vsfa_data.ask import grammar
from vsfa_data.embedded import categories
from vsfa_data.embedded.article import with_article

NAMES = categories.vocabulary()
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
    assert with_article(name) == expected


def test_names_read_the_same_in_captions_and_in_answers() -> None:
    captions = {name: with_article(name) for name in ALL}
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
