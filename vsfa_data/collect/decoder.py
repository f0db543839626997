"""Normalises pictures in a child process that may hang or crash without harm.

Decoders are C code that reads what strangers made. In a process of its own, the worst that a
picture can do to them costs that picture's row and a restart of the child.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from vsfa_data.collect import decoder_child
from vsfa_data.collect.child import Child, CrashError, HungError
from vsfa_data.collect.early import Became
from vsfa_data.collect.normalised import Limits, Normalised
from vsfa_data.collect.rejected import Rejected


class Decoder:
    """`normalise` for untrusted bytes; the child is started once and serves every picture.

    `max_decode_s`: processor time for one picture, in seconds. The child ends with this process
    however that ends; `close` ends it sooner. A closed decoder starts again when it is used.
    """

    child = decoder_child.__name__
    """Module that the child runs. Tests have children that misbehave; a recipe cannot say it."""

    def __init__(self, limits: Limits, max_decode_s: float) -> None:
        self._limits, self._max_s = limits, max_decode_s
        self._running: Child | None = None

    def start(self) -> None:
        """Start the child without waiting until it is ready."""
        if self._running is None:
            settings = {"parent": os.getpid(), "limits": asdict(self._limits)}
            settings["max_decode_s"] = self._max_s
            self._running = Child(self.child, json.dumps(settings))

    def normalise(self, data: bytes) -> Normalised:
        """As `normalise.normalise`, and with its reasons to raise Rejected.

        Raises it besides for decoder_hung, decoder_crashed and decoder_out_of_memory.
        """
        (became,) = self.normalise_all([data])
        if isinstance(became, Rejected):
            raise became
        return became

    def normalise_all(self, pictures: Sequence[bytes]) -> list[Became]:
        """What `normalise` makes of each, or why it makes nothing of it.

        Where the child dies of one of several, those without an answer are tried one by one.
        """
        became: list[Became] = []
        if len(pictures) > 1:
            with suppress(HungError, CrashError):
                self._attempt(pictures, became)
        for picture in pictures[len(became) :]:
            self._one(picture, became)
        return became

    def close(self) -> None:
        """End the child."""
        if self._running is not None:
            self._running.end()
            self._running = None

    def _one(self, picture: bytes, became: list[Became]) -> None:
        """Add to `became` what becomes of `picture`.

        A crash counts if it happens again in a fresh child: what an earlier picture did to the
        first one is not this one's fault, nor is a child that somebody else has killed.
        """
        try:
            try:
                self._attempt([picture], became)
            except CrashError:
                self._attempt([picture], became)
        except CrashError as crash:
            became.append(Rejected(crash.reason, crash.detail))
        except HungError as hung:
            became.append(Rejected("decoder_hung", hung.detail))

    def _attempt(self, pictures: Sequence[bytes], became: list[Became]) -> None:
        """Add to `became` what becomes of `pictures`.

        Raises CrashError and HungError if the child dies of one that is not answered yet.
        """
        self.start()
        assert self._running is not None  # noqa: S101 for mypy
        is_sound = False
        try:
            self._running.give(pictures, self._max_s)
            for _ in pictures:
                reply, image = self._running.answer(self._max_s)
                became.append(_understood(reply, image))
            is_sound = True
        finally:
            if not is_sound:
                self.close()


def _understood(reply: dict[str, Any], image: bytes) -> Became:
    if "done" in reply:
        return Normalised(image=image, **reply["done"])
    if "rejected" in reply:
        return Rejected(*reply["rejected"])
    if "memory" in reply:
        if reply["memory"] is None:  # not even what the picture may use was to be had
            raise MemoryError
        raise CrashError("decoder_out_of_memory", f"more than {reply['memory'] >> 20} MiB")
    raise RuntimeError(f"in the decoder process:\n{reply['bug']}")
