"""A conversation about a picture, as a chat template takes it and as a model will read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vsfa_data.errors import UserError

Message = Mapping[str, str]
"""One turn as a release stores it: `role` is user or assistant, `content` is text."""


@dataclass(frozen=True)
class Conversation:
    """Turns about one picture, or about none."""

    image_id: str
    image: bytes | None
    """PNG or JPEG as collect normalised it; None in text-only conversations."""
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Rendered:
    """The text that a chat template makes of a conversation.

    `answers` has start and end (exclusive) of each assistant turn in `text`, in characters. An
    answer ends with the token that ends the turn: a model must learn to stop, too. `ends` is where
    `text` would end if an answer were the last one.
    """

    text: str
    answers: tuple[tuple[int, int], ...]
    ends: tuple[int, ...]


def chat(messages: Sequence[Message], *, image: bool) -> list[dict[str, Any]]:
    """The structured form that processors' templates take; a picture opens the first user turn."""
    turns: list[dict[str, Any]] = []
    for message in messages:
        content = [{"type": "text", "text": message["content"]}]
        if image and message["role"] == "user":
            content.insert(0, {"type": "image"})
            image = False
        turns.append({"role": message["role"], "content": content})
    return turns


def render(processor: Any, messages: Sequence[Message], *, image: bool) -> Rendered:
    """The conversation as `processor` renders it, up to its last answer.

    An answer that the template leaves open is closed with the tokenizer's end-of-text token (as
    LLaVA-1.5 was trained, whose template forgets it). Raises UserError if the template words
    earlier turns differently once later ones are there: then no answer could be told apart.
    """
    turns = chat(messages, image=image)
    text, raw, answers, ends = "", "", [], []
    for number, turn in enumerate(turns):
        if turn["role"] != "assistant":
            continue
        prompt = _template(processor, turns[:number], prompt=True)
        whole = _template(processor, turns[: number + 1], prompt=False)
        if not (prompt.startswith(raw) and whole.startswith(prompt)):
            raise UserError(
                "the model's chat template words a turn differently once the next one follows, so "
                "the answers cannot be told from the questions. Choose another model with --model"
            )
        answer = _closed(processor, whole[len(prompt) :].rstrip())
        text += prompt[len(raw) :]
        answers.append((len(text), len(text) + len(answer)))
        # White space after the turn belongs to the template, not to the answer.
        text += answer + whole[len(whole.rstrip()) :]
        ends.append(len(text))
        raw = whole
    return Rendered(text, tuple(answers), tuple(ends))


def _template(processor: Any, turns: list[dict[str, Any]], *, prompt: bool) -> str:
    return str(processor.apply_chat_template(turns, add_generation_prompt=prompt))


def _closed(processor: Any, answer: str) -> str:
    tokenizer = processor.tokenizer
    ends = tuple(token for token in tokenizer.all_special_tokens if token)
    return answer if answer.endswith(ends) else answer + (tokenizer.eos_token or "")
