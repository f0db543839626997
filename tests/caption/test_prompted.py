from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tests.caption.made import plain
from vsfa_data.caption.captioner import Caption
from vsfa_data.caption.prompted import PromptedCaptioner, PromptedOptions
from vsfa_data.caption.replies import Reply, Request

CUP = "A red cup stands on a table."


class Scripted(PromptedCaptioner):
    """Replies as a function of the prompt; the last request's reply comes first."""

    Options = PromptedOptions
    identity = "scripted"

    def __init__(self, answer: Callable[[str], Reply], **options: object) -> None:
        super().__init__(PromptedOptions(**options))  # type: ignore[arg-type]
        self.answer, self.asked = answer, list[tuple[str, int]]()

    def open(self) -> None:
        """Nothing."""

    def replies(
        self, requests: Sequence[Request], max_new_tokens: int
    ) -> Iterator[tuple[int, Reply]]:
        self.asked += [(request.prompt, max_new_tokens) for request in requests]
        for at in reversed(range(len(requests))):
            yield at, self.answer(requests[at].prompt)


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
