from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.caption.made import plain
from vsfa_data import tables
from vsfa_data.caption.captioner import Caption
from vsfa_data.caption.prompted.captioner import PromptedCaptioner, PromptedOptions
from vsfa_data.caption.prompted.replies import Reply, Request
from vsfa_data.caption.prompted.talks import More, Replies

CUP = "A red cup stands on a table."


class Scripted(PromptedCaptioner):
    """Replies as a function of the prompt; the last request's reply comes first (or the `nth`)."""

    nth = -1
    Options = PromptedOptions
    identity = "scripted"

    def __init__(self, answer: Callable[[str], Reply], **options: object) -> None:
        super().__init__(PromptedOptions(**{"topics_per_image": 0} | options))  # type: ignore[arg-type]
        self.answer, self.asked = answer, list[tuple[str, int]]()

    def open(self) -> None:
        """Nothing."""

    def replies(self, more: More) -> Replies:
        waiting: list[Request] = []
        while waiting := [*waiting, *iter(more, None)]:
            request = waiting.pop(self.nth)
            self.asked.append((request.prompt, request.max_new_tokens))
            following = yield request, self.answer(request.prompt)
            if following is not None:
                waiting.append(following)


def cup(prompt: str, subject: str = "a cup", there: str = "No") -> Reply:
    if prompt.startswith("Describe"):
        return Reply(f" {CUP}\n")
    return Reply(there if prompt.startswith("Is there") else subject)


def test_a_caption_with_its_subject_and_what_is_absent() -> None:
    captioner = Scripted(cup)
    (said,) = captioner.caption([plain("red")])
    assert (said.text, said.labels, said.subject) == (CUP, ("cup",), "cup")
    assert said.category == "tableware" or said.category is None
    assert len(said.absent) == 1
    assert [limit for _, limit in captioner.asked] == [160, 12, 4]
    assert said.absent[0] in captioner.asked[2][0]


def test_what_is_not_sure_is_not_known() -> None:
    assert Scripted(lambda text: cup(text, subject="a horse")).caption([plain("red")]) == [
        Caption(CUP)
    ]
    (said,) = Scripted(lambda text: cup(text, there="Yes")).caption([plain("red")])
    assert (said.subject, said.absent) == ("cup", ())


def test_a_declined_picture_is_asked_nothing_more_and_keeps_its_place() -> None:
    replies = iter([Reply(CUP), Reply("I'm sorry, but I can't help."), Reply("", "failed")])

    def answer(prompt: str) -> Reply:
        return next(replies) if prompt.startswith("Describe") else cup(prompt)

    captioner = Scripted(answer)
    made = captioner.caption([plain("red"), plain("green"), plain("blue")])
    assert [said.reason for said in made] == ["no_reply", "refused_caption", None]
    assert len(captioner.asked) == 5


def test_one_s_own_limit_and_prompts_are_used() -> None:
    captioner = Scripted(cup, prompts="caption_only", max_new_tokens=7)
    captioner.caption([plain("red")])
    assert [limit for _, limit in captioner.asked] == [7]


def test_kept_replies_are_replayed_and_only_the_rest_is_asked(tmp_path: Path) -> None:
    first = Scripted(cup)
    first.keep(tmp_path)
    said = first.caption([plain("red"), plain("green")])
    again = Scripted(lambda _: Reply("A horse stands on a hill."))
    again.keep(tmp_path)
    assert again.caption([plain("green"), plain("red")]) == said[::-1]
    assert again.asked == []
    assert again.caption([plain("red"), plain("blue")])[1].text == "A horse stands on a hill."
    # The new picture's caption and its subject.
    assert len(again.asked) == 2


def test_a_reply_is_kept_as_soon_as_it_is_there(tmp_path: Path) -> None:
    class Dies(Scripted):
        def replies(self, more: More) -> Replies:
            first = more()
            assert first is not None
            yield first, self.answer(first.prompt)
            raise RuntimeError("the machine is gone")

    dying = Dies(cup)
    dying.keep(tmp_path)
    with pytest.raises(RuntimeError):
        dying.caption([plain("red"), plain("green")])
    after = Scripted(cup, prompts="caption_only")
    after.keep(tmp_path)
    after.caption([plain("red"), plain("green")])
    # Both sets ask for captions in the same words and are of one version.
    assert len(after.asked) == 1


def test_another_length_is_another_reply(tmp_path: Path) -> None:
    for limit in (50, 60):
        captioner = Scripted(cup, max_new_tokens=limit, prompts="caption_only")
        captioner.keep(tmp_path)
        captioner.caption([plain("red")])
        assert captioner.asked == [(captioner.prompts.caption.text, limit)]


def test_open_questions_are_drawn_alike_for_partners_and_answers_are_told() -> None:
    def answer(prompt: str) -> Reply:
        if prompt.startswith("What is the main object in this picture made of"):
            return Reply("It is made of clay and", "length")
        return cup(prompt)

    one, other, third = plain("red"), plain("green"), plain("blue")
    one, other = (
        replace(one, partner_id=other.image_id),
        replace(other, partner_id=one.image_id),
    )
    captioner = Scripted(answer, topics_per_image=14)
    told = [said.told for said in captioner.caption([one, other, third])]
    assert {topic for topic, _, _ in told[0]} == set(tables.TOPICS)
    assert ("material", "It is made of clay and", "length") in told[0]
    drawn = [
        [topic for topic, _, _ in said.told]
        for said in Scripted(answer, topics_per_image=3).caption([one, other, third])
    ]
    assert drawn[0] == drawn[1] != drawn[2]
    assert [len(topics) for topics in drawn] == [3, 3, 3]


def test_an_answer_that_never_came_is_not_told() -> None:
    def answer(prompt: str) -> Reply:
        return (
            cup(prompt)
            if prompt.startswith(("Describe", "What is the main"))
            else Reply("", "failed")
        )

    (said,) = Scripted(answer, topics_per_image=14).caption([plain("red")])
    assert {topic for topic, _, _ in said.told} == {"material"}
