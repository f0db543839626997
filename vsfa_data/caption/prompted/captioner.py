"""A captioner that asks a vision-language model: what to ask, what to make of the replies."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pydantic import Field

from vsfa_data.caption.captioner import Caption, Captioner
from vsfa_data.caption.prompted import facts, prompts
from vsfa_data.caption.prompted.replies import Reply, Request, reason_against, tidy
from vsfa_data.caption.prompted.talks import More, Replies, Talk, Talks, sent
from vsfa_data.sections import Section

if TYPE_CHECKING:
    from pathlib import Path

    from vsfa_data.caption.picture import Picture
    from vsfa_data.caption.prompted.reply_cache import Asked, ReplyCache


class PromptedOptions(Section):
    """What every captioner that is asked in words may be told."""

    prompts: str = "default"
    """Prompt set: a name in prompts/ or a path."""
    max_new_tokens: int = Field(160, ge=1, le=4096)
    """Length of a caption, at most, in tokens. A caption that reaches it is rejected."""
    topics_per_image: int = Field(4, ge=0, le=64)
    """Open questions (material, setting, activity, ...) that the model answers about a picture,
    drawn among those of the prompt set; partners are asked the same ones."""


class PromptedCaptioner(Captioner):
    """Asks for a caption; then for the main object and whether an everyday thing is there.

    What the model cannot be asked or does not answer plainly is not known.
    """

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self.prompts: prompts.PromptSet = prompts.load(options.prompts)
        self._cache: ReplyCache | None = None

    @abstractmethod
    def replies(self, more: More) -> Replies:
        """Each request with its reply, in any order, as soon as it is there.

        Requests come from `more`, as many as it has at a time, and for a reply another one may be
        sent back. Ends when all are replied to and there are no `more`.
        """

    def parameters(self, max_new_tokens: int) -> dict[str, Any]:
        """What decides a reply beside picture, prompt and model: plain JSON."""
        return {"max_new_tokens": max_new_tokens}

    def keep(self, folder: Path) -> None:
        """Keep every reply in `folder`, and replay those that lie there."""
        from vsfa_data.caption.prompted.reply_cache import FILE, ReplyCache

        if self._cache is None or self._cache.path != folder / FILE:
            self._cache = ReplyCache(folder)

    def caption(self, pictures: Sequence[Picture]) -> list[Caption]:
        """What is in each of `pictures`, or why the model does not say."""
        return list(self.captions(pictures))

    def captions(self, pictures: Iterable[Picture]) -> Iterator[Caption]:
        """The same, picture by picture. There is no end of a chunk at which the model waits."""
        talks = Talks(self, pictures)
        while not talks.over:
            with closing(self.replies(talks.more)) as coming:
                came = next(coming, None)
                while came is not None:
                    self._keep(*came)
                    following = talks.go_on(came[0].number, came[1])
                    yield from talks.ended()
                    came = sent(coming, following)
            yield from talks.ended()  # those that kept replies answered

    def talk(self, picture: Picture) -> Talk:
        """All that is asked about one picture, one after the other."""
        reply = yield self.prompts.caption.text, self.options.max_new_tokens
        if (reason := reason_against(reply)) is not None:
            return Caption("", reason=reason)
        text = tidy(reply.text)
        subject = yield from self._subject(text)
        # Questions about presence need one thing that is there and one that is not.
        absent = (yield from self._absent(picture, text, subject)) if subject else None
        told = yield from self._told(picture)
        if subject is None:
            return Caption(text, told=told)
        return Caption(
            text=text,
            labels=(subject,),
            subject=subject,
            category=facts.category_of(subject),
            absent=(absent,) if absent else (),
            told=told,
        )

    def _told(
        self, picture: Picture
    ) -> Generator[tuple[str, int], Reply, tuple[tuple[str, str, str], ...]]:
        """Answers to some of the open questions; which, the pair of pictures decides."""
        drawn = sorted(
            self.prompts.topics,
            key=lambda topic: sha256(f"{picture.pair_id}:topic:{topic}".encode()).digest(),
        )
        told = []
        for topic in sorted(drawn[: self.options.topics_per_image]):
            prompt = self.prompts.topics[topic]
            reply = yield prompt.text, prompt.max_new_tokens
            # What became of it is for the step "ask" to judge: a bad answer costs no picture.
            if reply.finish in {"stop", "length"}:
                told.append((topic, tidy(reply.text), str(reply.finish)))
        return tuple(told)

    def _subject(self, text: str) -> Generator[tuple[str, int], Reply, str | None]:
        """The main object, where it is sure."""
        prompt = self.prompts.subject
        if prompt is None:
            return None
        reply = yield prompt.text, prompt.max_new_tokens
        return facts.subject_of(reply, text)

    def _absent(
        self, picture: Picture, text: str, subject: str
    ) -> Generator[tuple[str, int], Reply, str | None]:
        """An everyday thing that is not in the picture, where the model says so."""
        prompt = self.prompts.absent
        thing = facts.absent_candidate(picture.image_id, text, subject)
        if prompt is None or thing is None:
            return None
        reply = yield facts.ask_after(prompt.text, thing), prompt.max_new_tokens
        return thing if facts.is_no(reply) else None

    def kept(self, request: Request) -> Reply | None:
        """The reply to `request` that is kept from before, if there is one."""
        if self._cache is None:
            return None
        return self._cache.find(request.picture.image_id, self._asked(request))

    def _keep(self, request: Request, reply: Reply) -> None:
        if self._cache is not None:
            self._cache.add(request.picture.image_id, self._asked(request), reply)

    def _asked(self, request: Request) -> Asked:
        """What a reply is kept under, beside the picture."""
        from vsfa_data.caption.prompted.reply_cache import Asked

        parameters = self.parameters(request.max_new_tokens)
        return Asked(self.identity, request.prompt, self.prompts.version, parameters)
