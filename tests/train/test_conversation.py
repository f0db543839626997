from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.train import tiny
from vsfa_data.errors import UserError
from vsfa_data.train.conversation import chat, render

TURNS = (
    {"role": "user", "content": "What is it?"},
    {"role": "assistant", "content": "A rifle."},
    {"role": "user", "content": "Is it grey?"},
    {"role": "assistant", "content": "Yes, mostly."},
)


def test_the_picture_opens_the_first_user_turn_and_no_other() -> None:
    turns = chat(TURNS, image=True)
    assert turns[0]["content"] == [{"type": "image"}, {"type": "text", "text": "What is it?"}]
    assert turns[2]["content"] == [{"type": "text", "text": "Is it grey?"}]
    assert chat(TURNS, image=False)[0]["content"] == [{"type": "text", "text": "What is it?"}]


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("idefics3", [" A rifle.<end_of_utterance>", " Yes, mostly.<end_of_utterance>"]),
        ("qwen2_5_vl", ["A rifle.<|im_end|>", "Yes, mostly.<|im_end|>"]),
        # Its template leaves answers open.
        ("internvl", ["A rifle.<|im_end|>", "Yes, mostly.<|im_end|>"]),
        ("llava", [" A rifle.</s>", " Yes, mostly.</s>"]),
    ],
)
def test_answers_are_found_with_the_token_that_ends_them(name: str, answers: list[str]) -> None:
    _, processor = tiny.MODELS[name]()
    rendered = render(processor, TURNS, image=True)
    assert [rendered.text[start:end] for start, end in rendered.answers] == answers
    assert rendered.text.count(tiny.PICTURE_TOKENS[name]) == 1


def test_a_question_without_an_answer_is_not_read() -> None:
    _, processor = tiny.MODELS["qwen2_5_vl"]()
    whole = render(processor, TURNS[:2], image=True)
    assert render(processor, TURNS[:3], image=True) == whole


def test_a_template_that_changes_earlier_turns_is_refused() -> None:
    def template(turns: list[Any], **_: bool) -> str:
        return f"{len(turns)} turns: " + "|".join(turn["role"] for turn in turns)

    processor = SimpleNamespace(apply_chat_template=template)
    with pytest.raises(UserError, match=r"words a turn differently once the next one follows"):
        render(processor, TURNS, image=False)
