from __future__ import annotations

import pytest

from vsfa_data import tables
from vsfa_data.caption.prompted.replies import Reply, reason_against, tidy


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't assist with that request.",
        "I\N{RIGHT SINGLE QUOTATION MARK}m sorry, but I can\N{RIGHT SINGLE QUOTATION MARK}t help.",
        "Sorry, I cannot describe this image.",
        "I cannot provide a description of weapons.",
        "As an AI language model, I am unable to describe people.",
        "Unfortunately, I'm unable to help with this.",
        "I must decline.",
        "I cannot tell what the picture shows.",
        "It's not appropriate to describe this.",
    ],
)
def test_refusals_are_known_by_how_they_begin(text: str) -> None:
    assert reason_against(Reply(text)) == "refused_caption"


@pytest.mark.parametrize(
    "text",
    [
        "A revolver lies on a wooden table.",
        "The sign reads: sorry, we are closed.",
        "I cannot see the back of the car, but its front is red.",
        "A man in a sorry state of dress sits on a bench.",
        "Sorry sight: an old boat on the beach.",
        "An AI conference badge lies on a desk.",
    ],
)
def test_descriptions_are_no_refusals(text: str) -> None:
    assert reason_against(Reply(text)) is None


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(""), "empty_caption"),
        (Reply(" \n\t "), "empty_caption"),
        (Reply("..."), "empty_caption"),
        (Reply("A dog on a", "length"), "cut_off_caption"),
        (Reply("", "length"), "empty_caption"),
        (Reply("", "refusal"), "refused_caption"),
        (Reply("I can't help with", "length"), "refused_caption"),
        (Reply("", "failed"), "no_reply"),
        (Reply("A dog.", "stop"), None),
    ],
)
def test_every_way_to_end_has_its_reason(reply: Reply, reason: str | None) -> None:
    assert reason_against(reply) == reason
    assert reason is None or reason in tables.REASONS


def test_tidy_is_one_line() -> None:
    assert tidy("  A dog.\n\nIt  sits.\t") == "A dog. It sits."


def test_tidy_leaves_nothing_that_cannot_be_seen() -> None:
    assert (
        tidy("A\x00dog\x1b[31m \u202esits\u202c \u200bhere\ufeff \ud800.")
        == "A dog [31m sits here ."
    )
    assert tidy("caf\u00e9, \u72ac, \U0001f436") == "caf\u00e9, \u72ac, \U0001f436"
