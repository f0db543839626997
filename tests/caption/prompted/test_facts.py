from __future__ import annotations

import pytest

from vsfa_data.caption.prompted import facts
from vsfa_data.caption.prompted.replies import Reply
from vsfa_data.embedded import categories

REVOLVER = "A silver revolver with a wooden grip lies on a white table beside two bullets."


@pytest.mark.parametrize(
    ("reply", "caption", "subject"),
    [
        ("a revolver", REVOLVER, "revolver"),
        ("A revolver.", REVOLVER, "revolver"),
        ("Revolver", REVOLVER, "revolver"),
        ("an Assault Rifle", "The picture shows an old assault rifle.", "assault rifle"),
        ("bullets", REVOLVER, "bullets"),
        # What stands before the noun must be in the caption too.
        ("a toy rifle", "A long rifle lies on a table.", "rifle"),
        ("an old assault rifle", "An assault rifle on a wall.", "assault rifle"),
        ("flower petals", "Red petals on snow.", "petals"),
        # The caption does not have it, or not as something that can be counted.
        ("a pistol", REVOLVER, None),
        ("smoke", "Thick smoke rises from a forest.", None),
        ("a grip", "A revolver with wooden grips.", None),
        # No name, or not only a name.
        ("The main object is a revolver", REVOLVER, None),
        ("a revolver, lying on a table", REVOLVER, None),
        ("a revolver\nand a table", REVOLVER, None),
        ("none", "There is none.", None),
        ("a picture", "A picture of a revolver.", None),
        ("", REVOLVER, None),
        ("{{ 7*7 }}", "A {{ 7*7 }}", None),
        ("r" * 500, "a " + "r" * 500, "r" * 500),
    ],
)
def test_a_subject_is_a_name_that_the_caption_has_too(
    reply: str, caption: str, subject: str | None
) -> None:
    assert facts.subject_of(Reply(reply), caption) == subject


def test_a_name_that_was_cut_off_is_none() -> None:
    assert facts.subject_of(Reply("a revolver", "length"), REVOLVER) is None


def test_the_category_is_known_for_names_of_the_vocabulary_alone() -> None:
    assert facts.category_of("assault rifle") == "firearm"
    assert facts.category_of("thingamajig") is None


def test_the_candidate_is_an_everyday_thing_that_was_not_mentioned() -> None:
    everyday = set(categories.vocabulary().everyday)
    drawn = {facts.absent_candidate(f"{at}", "A cat on a piano.", "cat") for at in range(400)}
    assert drawn <= everyday
    assert not drawn & {"cat", "piano", None}
    assert len(drawn) > len(everyday) / 2
    assert facts.absent_candidate("7", "x", "y") == facts.absent_candidate("7", "x", "y")


def test_no_candidate_is_left_where_everything_is_mentioned() -> None:
    said = " ".join(categories.vocabulary().everyday)
    assert facts.absent_candidate("1", said, "cat") is None


@pytest.mark.parametrize("text", ["No", "no.", " No!\n"])
def test_a_plain_no_is_one(text: str) -> None:
    assert facts.is_no(Reply(text, "length"))


@pytest.mark.parametrize("text", ["No, there is not", "Yes", "Not sure", ""])
def test_anything_else_is_none(text: str) -> None:
    assert not facts.is_no(Reply(text))


def test_the_thing_is_named_with_its_article() -> None:
    assert facts.ask_after("Is there {thing} here?", "owl") == "Is there an owl here?"
