"""The talks about pictures that a model is asked about in words: which go on, which have ended.

Talks begin while others go on, as many at a time as the captioner has room for, so that a server
has something to do from the first picture of a build to the last.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Protocol, TypeAlias

from vsfa_data.caption.captioner import Caption
from vsfa_data.caption.prompted.replies import Reply, Request

if TYPE_CHECKING:
    from vsfa_data.caption.picture import Picture

Talk: TypeAlias = Generator[tuple[str, int], Reply, Caption]
"""Yields prompts with the length of their replies, is sent the replies, returns the caption."""
Replies: TypeAlias = Generator[tuple[Request, Reply], Request | None, None]
"""Yields replies as they come; is sent the next request about the same picture, or None."""
More: TypeAlias = Callable[[], Request | None]
"""The first request about one more picture; None while there is none, or no room for it."""


class Asks(Protocol):
    """Whoever asks a model about pictures."""

    chunk: int

    def talk(self, picture: Picture) -> Talk:
        """Begin to talk about a picture."""

    def kept(self, request: Request) -> Reply | None:
        """The reply that was kept for a request, if there is one."""


class Talks:
    """One talk a picture. Captions leave in the order in which the pictures came."""

    def __init__(self, captioner: Asks, pictures: Iterable[Picture]) -> None:
        self._captioner, self._pictures = captioner, iter(pictures)
        self._going: dict[int, tuple[Talk, Picture]] = {}
        self._made: dict[int, Caption] = {}
        self._begun = self._left = 0
        self._all_begun = False

    @property
    def over(self) -> bool:
        """Whether all captions have left."""
        return self._all_begun and self._left == self._begun

    def more(self) -> Request | None:
        """Begin talks until one has a request that no kept reply answers, and give that.

        None if there are no more pictures, or as many have been taken as there is room for.
        """
        while not self._all_begun and self._begun - self._left < self._captioner.chunk:
            picture = next(self._pictures, None)
            if picture is None:
                self._all_begun = True
                break
            number, self._begun = self._begun, self._begun + 1
            self._going[number] = (self._captioner.talk(picture), picture)
            request = self._until_new(number, None)
            if request is not None:
                return request
        return None

    def go_on(self, number: int, reply: Reply) -> Request | None:
        """The next request about that picture, after `reply`."""
        return self._until_new(number, reply)

    def ended(self) -> Iterator[Caption]:
        """What has come of the talks before the first that still goes on."""
        while self._left in self._made:
            self._left += 1
            yield self._made.pop(self._left - 1)

    def _until_new(self, number: int, reply: Reply | None) -> Request | None:
        talk, picture = self._going[number]
        try:
            while True:
                prompt, length = next(talk) if reply is None else talk.send(reply)
                request = Request(number, picture, prompt, length)
                reply = self._captioner.kept(request)
                if reply is None:
                    return request
        except StopIteration as end:
            self._made[number] = end.value
            del self._going[number]
            return None


def sent(coming: Replies, following: Request | None) -> tuple[Request, Reply] | None:
    """The next reply once `following` was sent; None if that was the last."""
    try:
        return coming.send(following)
    except StopIteration:
        return None
