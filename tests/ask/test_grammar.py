"""Articles, agreement, lists and sentences."""

from __future__ import annotations

import pytest
import yaml

from vsfa_data.ask import grammar


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("revolver", "a revolver"),
        ("assault rifle", "an assault rifle"),
        ("Egyptian cat", "an Egyptian cat"),
        ("European gallinule", "a European gallinule"),
        ("umbrella", "an umbrella"),
        ("unicycle", "a unicycle"),
        ("uninhabited island", "an uninhabited island"),
        ("one-armed bandit", "a one-armed bandit"),
        ("hourglass", "an hourglass"),
        ("house", "a house"),
        ("M16 rifle", "an M16 rifle"),
        ("AK-47", "an AK-47"),
        ("F-16", "an F-16"),
        ("T-shirt", "a T-shirt"),
        ("X-ray", "an X-ray"),
        ("U-boat", "a U-boat"),
        ("RV", "an RV"),
        ("CD player", "a CD player"),
        ("UFO", "a UFO"),
        ("8-ball", "an 8-ball"),
        ("18-wheeler", "an 18-wheeler"),
        ("80 mm mortar", "an 80 mm mortar"),
        ("19th-century cannon", "a 19th-century cannon"),
        ("bus", "a bus"),
        ("lens cap", "a lens cap"),
        ("cuirass", "a cuirass"),
        ("triceratops", "a triceratops"),
        ("Great Pyrenees", "a Great Pyrenees"),
        ("sunglasses", "sunglasses"),
        ("parallel bars", "parallel bars"),
        ("people", "people"),
        ("bow and arrows", "a bow and arrows"),
        ("man with glasses", "a man with glasses"),
        ("boxes of matches", "boxes of matches"),
        ("pot of honey", "a pot of honey"),
        ("honey", "honey"),
        ("red wine", "red wine"),
        ("gravel", "gravel"),
        ("gas mask", "a gas mask"),
        ("Earth", "the Earth"),
        ("moon", "the moon"),
        ("half moon", "a half moon"),
    ],
)
def test_with_article(name: str, expected: str) -> None:
    assert grammar.with_article(name) == expected


@pytest.mark.parametrize("name", ["tulips", "people", "skis", "jeans", "cameras", "field glasses"])
def test_plural(name: str) -> None:
    assert grammar.agree(name, "is", "are") == "are"


@pytest.mark.parametrize("name", ["dress", "cactus", "iris", "lens", "gravel", "pair of jeans", ""])
def test_singular(name: str) -> None:
    assert grammar.agree(name, "is", "are") == "is"


def test_and_list() -> None:
    assert grammar.and_list(["red"]) == "red"
    assert grammar.and_list(["red", "black"]) == "red and black"
    assert grammar.and_list(["red", "grey", "black"]) == "red, grey and black"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a dog on grass", "A dog on grass."),
        ("A dog.", "A dog."),
        ("is it a dog?", "Is it a dog?"),
        ('a sign that says "stop."', 'A sign that says "stop."'),
        ("a dog,", "A dog."),
        ("\u00e9clair on a plate", "\u00c9clair on a plate."),
        ("7 dogs", "7 dogs."),
    ],
)
def test_sentence(text: str, expected: str) -> None:
    assert grammar.sentence(text) == expected


def test_word_lists_are_lower_case_without_repeats() -> None:
    lists = yaml.safe_load(grammar.NOUNS.read_text(encoding="utf-8"))
    assert set(lists) == {"plural", "singular", "mass", "the", "a", "an"}
    for words in lists.values():
        assert len(set(words)) == len(words)
        assert [word for word in words if word != word.casefold()] == []
