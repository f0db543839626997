"""Replies of all kinds that a model may give, and what is wrong with each."""

from __future__ import annotations

import pytest

from vsfa_data import resources
from vsfa_data.ask import faults

GOOD = [
    "A revolver with a wooden grip lies on a green cloth.",
    "Copper and wood.",
    "There is no writing in the picture.",
    "Nothing moves in the picture.",
    'The sign reads "Stop here".',
    "The man wears a T-shirt that says \u201cI\u2019m with him\u201d.",
    "There are two. Both are red.",
    "The caf\u00e9 has a facade of red brick.",
    "A very, very long table stands in the hall.",
    "Black on white, white on black, black on white: a chequered floor.",
]
BAD = [
    ("", "empty_answer"),
    ("...!", "empty_answer"),
    ("I'm sorry, but I can't help with that.", "refused_answer"),
    ("I\u2019m unable to see what it is.", "refused_answer"),
    ("The picture is dark. I cannot identify the man.", "refused_answer"),
    ("It would not be appropriate to describe it.", "refused_answer"),
    ("I think that it is a kettle.", "hedged_answer"),
    ("It could be a kitchen, or perhaps a workshop.", "hedged_answer"),
    ("It is difficult to tell what the handle is made of.", "hedged_answer"),
    ("The man appears to be waiting for a bus.", "hedged_answer"),
    ("Say only what can be seen.", "leaked_prompt"),
    ("As an AI, I see shapes.", "leaked_prompt"),
    ("USER: what is it? ASSISTANT: a cup", "leaked_prompt"),
    ("A cup. Let me know if you need more.", "leaked_prompt"),
    ("A cup.<|im_end|>", "markup"),
    ("<image> A cup.", "markup"),
    ("A **red** cup.", "markup"),
    ("# A cup", "markup"),
    ("[a cup](http://example.org)", "markup"),
    ("{{ config }} is on the label.", "markup"),
    ("```A cup```", "markup"),
    ("<script>alert(1)</script>", "markup"),
    ("Eine Tasse steht auf dem Tisch neben der Lampe.", "other_language"),
    ("Une tasse est sur la table, avec une lampe.", "other_language"),
    ("Una taza est\u00e1 en la mesa con una l\u00e1mpara.", "other_language"),
    ("\u684c\u5b50\u4e0a\u6709\u4e00\u4e2a\u676f\u5b50\u3002", "other_language"),
    (
        "\u0427\u0430\u0448\u043a\u0430 \u0441\u0442\u043e\u0438\u0442.",
        "other_language",
    ),
    ("A cup. A cup.", "repetitive_answer"),
    ("red red red red red", "repetitive_answer"),
    ("a cup and a a cup and a a cup and a", "repetitive_answer"),
    ("The cup stands on the table beside a lamp and", "cut_off_answer"),
    (" ".join(f"word{n}" for n in "abcdefghijklmnopqrstuvwxyz") + ".", "too_long_answer"),
]


@pytest.mark.parametrize("text", GOOD)
def test_a_good_reply_passes(text: str) -> None:
    assert faults.first_fault(text, "stop", 20) is None


@pytest.mark.parametrize(("text", "reason"), BAD)
def test_a_bad_reply_is_found_out(text: str, reason: str) -> None:
    found = faults.first_fault(text, "stop", 20)
    assert found is not None
    assert found[0] == reason


def test_a_reply_that_reached_its_length_was_cut_off() -> None:
    assert faults.first_fault("A red cup.", "length", 20) == ("cut_off_answer", "...A red cup.")


def test_every_instruction_of_the_shipped_prompts_is_a_leak() -> None:
    text = (resources.folder("prompts") / "default.yaml").read_text(encoding="utf-8")
    flat = " ".join(text.split())
    for told in (
        "Say only what can be seen",
        "Do not guess, and do not judge",
        "Answer in one plain sentence",
        "Answer with yes or no only",
        "Answer with its name and its article only",
        "quote at most ten words",
    ):
        assert told in flat
        found = faults.first_fault(f"{told}.", "stop", 99)
        assert found is not None
        assert found[0] == "leaked_prompt"
