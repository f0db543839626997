from __future__ import annotations

from collections import Counter

import pytest

from vsfa_data import embedded
from vsfa_data.embedded import categories

NAMES = categories.vocabulary()


def spread(**by_name: float) -> dict[int, float]:
    """Probabilities of all classes: the given ones by name here, the rest the same for each."""
    wanted = {name.replace("_", " "): p for name, p in by_name.items()}
    found: dict[int, float] = {}
    for at in range(embedded.CLASSES):
        if NAMES.name(at) in wanted:
            found[at] = wanted.pop(NAMES.name(at))
    assert not wanted
    rest = (1.0 - sum(found.values())) / (embedded.CLASSES - len(found))
    return {at: found.get(at, rest) for at in range(embedded.CLASSES)}


def test_every_class_is_in_exactly_one_category() -> None:
    counts = Counter(at for one in NAMES.categories.values() for at in one.own)
    assert counts == dict.fromkeys(range(embedded.CLASSES), 1)


def test_class_numbers_and_labels_are_the_classifier_s() -> None:
    listed = categories.data()["categories"].values()
    labels = {at: text for one in listed for at, text in ((one or {}).get("classes") or {}).items()}
    assert labels == dict(enumerate(embedded.class_names()))


def test_unreliable_classes_carry_the_right_labels() -> None:
    assert NAMES.unreliable == {at: NAMES.labels[at] for at in NAMES.unreliable}


def test_every_wider_category_exists_and_holds_the_narrower_one_s_classes() -> None:
    for one in NAMES.categories.values():
        for wider in one.wider:
            assert one.classes <= NAMES.categories[wider].classes


def test_every_new_name_is_of_a_class_and_says_something_new() -> None:
    renamed = categories.data()["names"]
    assert set(renamed) <= set(range(embedded.CLASSES))
    assert [at for at, name in renamed.items() if name == NAMES.labels[at]] == []


def test_classes_that_share_a_name_share_a_category() -> None:
    kinds: dict[str, set[str]] = {}
    for at in range(embedded.CLASSES):
        kinds.setdefault(NAMES.name(at), set()).add(NAMES.category_of(at))
    assert {name: found for name, found in kinds.items() if len(found) > 1} == {}


def test_everyday_things_are_tied_to_classes() -> None:
    for word, tied in NAMES.everyday.items():
        assert tied, word
        assert tied <= set(range(embedded.CLASSES))


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ({"revolver": 0.7}, ("revolver", "firearm")),
        ({"revolver": 0.69}, ("firearm", "weapon")),
        ({"revolver": 0.35, "rifle": 0.3}, ("firearm", "weapon")),
        ({"rifle": 0.35, "cannon": 0.3}, (None, "weapon")),
        ({"missile": 0.72}, ("missile", "weapon")),
        ({"Siamese_cat": 0.4, "Persian_cat": 0.3}, ("cat", "mammal")),
        ({"tench": 0.3, "macaw": 0.35}, (None, "animal")),
        ({"balloon": 0.9}, ("balloon", None)),
        ({"desk": 0.3, "throne": 0.35}, (None, "furniture")),
        ({"revolver": 0.3, "desk": 0.3}, (None, None)),
        ({"envelope": 0.99}, (None, None)),
    ],
)
def test_the_most_specific_name_that_is_probable_enough(
    probabilities: dict[str, float], expected: tuple[str | None, str | None]
) -> None:
    assert NAMES.named(spread(**probabilities), 0.7, 0.6) == expected


def test_twins_among_the_classes_count_as_one() -> None:
    twins = [at for at in range(embedded.CLASSES) if NAMES.name(at) == "swimsuit"]
    assert len(twins) == 2
    halves = {at: 0.36 if at in twins else 0.28 / 998 for at in range(embedded.CLASSES)}
    assert NAMES.named(halves, 0.7, 0.6) == ("swimsuit", "clothing")


def test_absent_things_are_improbable_and_of_another_kind() -> None:
    found = NAMES.absent(spread(revolver=0.95, violin=0.04), below=0.001, top=3)
    assert "umbrella" in found
    assert "violin" not in found  # probable
    assert "trumpet" not in found  # of the violin's kind
    assert "cat" in found
    assert "dog" not in found  # its many classes add up


def test_nothing_is_absent_where_everything_is_as_probable() -> None:
    assert NAMES.absent(spread(), below=0.001, top=1) == []
