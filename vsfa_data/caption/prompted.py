"""A captioner that asks a vision-language model: what to ask, what to make of the replies."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field

from vsfa_data.caption import facts, prompts
from vsfa_data.caption.captioner import Caption, Captioner
from vsfa_data.caption.replies import Reply, Request, reason_against, tidy
from vsfa_data.sections import Section

if TYPE_CHECKING:
    from pathlib import Path

    from vsfa_data.caption.picture import Picture
    from vsfa_data.caption.reply_cache import Asked, ReplyCache


class PromptedOptions(Section):
    """What every captioner that is asked in words may be told."""

    prompts: str = "default"
    """Prompt set: a name in prompts/ or a path."""
    max_new_tokens: int = Field(160, ge=1, le=4096)
    """Length of a caption, at most, in tokens. A caption that reaches it is rejected."""


class PromptedCaptioner(Captioner):
    """Asks for a caption; then for the main object and whether an everyday thing is there.

    What the model cannot be asked or does not answer plainly is not known.
    """

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self.prompts: prompts.PromptSet = prompts.load(options.prompts)
        self._cache: ReplyCache | None = None

    def keep(self, folder: Path) -> None:
        """Keep every reply in `folder`, and replay those that lie there."""
        from vsfa_data.caption.reply_cache import FILE, ReplyCache

        if self._cache is None or self._cache.path != folder / FILE:
            self._cache = ReplyCache(folder)

    def parameters(self, max_new_tokens: int) -> dict[str, Any]:
        """What decides a reply beside picture, prompt and model: plain JSON."""
        return {"max_new_tokens": max_new_tokens}

    @abstractmethod
    def replies(
        self, requests: Sequence[Request], max_new_tokens: int
    ) -> Iterator[tuple[int, Reply]]:
        """The number of each of `requests` and its reply, in any order, as they come."""

    def caption(self, pictures: Sequence[Picture]) -> list[Caption]:
        """What is in each of `pictures`, or why the model does not say."""
        asked = [Request(picture, self.prompts.caption.text) for picture in pictures]
        said = self._ask(asked, self.options.max_new_tokens)
        reasons = [reason_against(reply) for reply in said]
        fit = [at for at, reason in enumerate(reasons) if reason is None]
        texts = {at: tidy(said[at].text) for at in fit}
        subjects = self._subjects(pictures, texts)
        absent = self._absent(pictures, texts, subjects)
        return [
            _caption(texts[at], subjects.get(at), absent.get(at))
            if reason is None
            else Caption("", reason=reason)
            for at, reason in enumerate(reasons)
        ]

    def _subjects(self, pictures: Sequence[Picture], texts: dict[int, str]) -> dict[int, str]:
        """Number of a picture -> its main object, where it is sure."""
        prompt = self.prompts.subject
        if prompt is None:
            return {}
        asked = [Request(pictures[at], prompt.text) for at in texts]
        said = zip(texts, self._ask(asked, prompt.max_new_tokens), strict=True)
        found = {at: facts.subject_of(reply, texts[at]) for at, reply in said}
        return {at: subject for at, subject in found.items() if subject is not None}

    def _absent(
        self, pictures: Sequence[Picture], texts: dict[int, str], subjects: dict[int, str]
    ) -> dict[int, str]:
        """Number of a picture -> an everyday thing that is not in it.

        Asked only where the subject is known: questions about presence need one of each.
        """
        prompt = self.prompts.absent
        if prompt is None:
            return {}
        drawn = {
            at: facts.absent_candidate(pictures[at].image_id, texts[at], subject)
            for at, subject in subjects.items()
        }
        things = {at: thing for at, thing in drawn.items() if thing is not None}
        asked = [
            Request(pictures[at], facts.ask_after(prompt.text, thing))
            for at, thing in things.items()
        ]
        said = zip(things, self._ask(asked, prompt.max_new_tokens), strict=True)
        return {at: things[at] for at, reply in said if facts.is_no(reply)}

    def _ask(self, requests: Sequence[Request], max_new_tokens: int) -> list[Reply]:
        """Replies in the order of `requests`: those that are kept, and new ones for the rest."""
        if not requests:
            return []
        cache = self._cache
        if cache is None:
            found = dict(self.replies(requests, max_new_tokens))
            return [found[at] for at in range(len(requests))]
        wanted = self._wanted(requests, max_new_tokens)
        found = cache.find(wanted)
        missing = [at for at in range(len(requests)) if at not in found]
        for number, reply in self.replies([requests[at] for at in missing], max_new_tokens):
            at = missing[number]
            cache.add(*wanted[at], reply)
            found[at] = reply
        return [found[at] for at in range(len(requests))]

    def _wanted(self, requests: Sequence[Request], max_new_tokens: int) -> list[tuple[str, Asked]]:
        """What the replies to `requests` are kept under."""
        from vsfa_data.caption.reply_cache import Asked

        identity, parameters = self.identity, self.parameters(max_new_tokens)
        asked = {
            prompt: Asked(identity, prompt, self.prompts.version, parameters)
            for prompt in {request.prompt for request in requests}
        }
        return [(request.picture.image_id, asked[request.prompt]) for request in requests]


def _caption(text: str, subject: str | None, absent: str | None) -> Caption:
    return Caption(
        text=text,
        labels=(subject,) if subject else (),
        subject=subject,
        category=facts.category_of(subject) if subject else None,
        absent=(absent,) if absent else (),
    )
