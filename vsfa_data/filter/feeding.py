"""Keeps a model fed: items are made ready ahead, in order, while the model computes."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from vsfa_data.errors import SetupError
from vsfa_data.filter.ahead import ahead_of, batched
from vsfa_data.filter.slots import Putting, Slot, Slots
from vsfa_data.processes.interpreter import turns_of
from vsfa_data.processes.pool import process_pool

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vsfa_data.filter.encoder import Encoder

Item = TypeVar("Item")
Beside = TypeVar("Beside")

CHUNK: Final = 8
"""Items that one task of a decoder makes ready."""
IN_FLIGHT: Final = 2
"""Batches that an accelerator is given at a time: one computes while the next is brought."""

SWITCH_S: Final = 1e-4
"""How long a thread may hold the interpreter while others wait, beside an accelerator. Each of a
model's hundreds of calls gives it back and takes it again, and the accelerator waits meanwhile."""

Ready = tuple["NDArray[Any] | None", Beside]
"""What the model sees of an item (None: the item is bad), and what else is known of it."""


@dataclass(frozen=True)
class Feed(Generic[Item, Beside]):
    """How items become vectors.

    `ready` is called in `decoders` (threads, or processes if it can be pickled); the encoder must
    be open. No result depends on chunks, batches or decoders.
    """

    encoder: Encoder
    ready: Callable[[Item], Ready[Beside]]
    decoders: Executor
    workers: int = 1
    """How many decoders there are."""
    encode: Callable[[Sequence[NDArray[Any]]], NDArray[np.float32]] | None = None
    """What makes a vector of each item; None: the encoder's `encode_prepared`."""
    slots: Slots | None = None
    """Memory that decoders share with this process, if they are processes."""

    @classmethod
    def of(
        cls, encoder: Encoder, ready: Callable[[Item], Ready[Beside]], helpers: int
    ) -> Feed[Item, Beside]:
        """One thread decodes for a CPU; for a GPU `helpers` processes, or threads if need be."""
        if not encoder.on_accelerator:
            return cls(encoder, ready, ThreadPoolExecutor(1))
        if encoder.prepare_elsewhere:
            chunks = helpers + 2 + (2 * IN_FLIGHT + 2) * (encoder.batch_size // CHUNK + 1)
            slots = Slots(chunks, CHUNK)
            return cls(encoder, ready, process_pool(helpers), helpers, slots=slots)
        return cls(encoder, ready, ThreadPoolExecutor(helpers), helpers)

    def run(self, items: Iterable[Item]) -> Iterator[tuple[NDArray[np.float32] | None, Beside]]:
        """Vector (None for a bad item) and what is beside it, one for each item, in order."""
        batches = batched(self._made_ready(items), self.encoder.batch_size)
        if not self.encoder.on_accelerator:
            for batch in batches:
                yield from self._encoded(batch)
            return
        with ThreadPoolExecutor(IN_FLIGHT) as callers, turns_of(SWITCH_S):
            for batch in ahead_of(callers, self._encoded, batches, IN_FLIGHT + 1):
                yield from batch

    def _made_ready(self, items: Iterable[Item]) -> Iterator[Ready[Beside]]:
        chunks, work = batched(items, CHUNK), _All(self.ready)
        if not self.encoder.on_accelerator:
            return itertools.chain.from_iterable(ahead_of(self.decoders, work, chunks, 2))
        ahead = self.workers + 1 + IN_FLIGHT * self.encoder.batch_size // CHUNK
        if self.slots is None:
            return itertools.chain.from_iterable(ahead_of(self.decoders, work, chunks, ahead))
        return self._through(self.slots, chunks, ahead)

    def _through(
        self, slots: Slots, chunks: Iterable[list[Item]], ahead: int
    ) -> Iterator[Ready[Beside]]:
        """As the rest of `_made_ready`; decoders put arrays into slots, where one is free."""
        lent: deque[Slot | None] = deque()

        def lending() -> Iterator[tuple[list[Item], Slot | None]]:
            for chunk in chunks:
                lent.append(slots.lend())
                yield chunk, lent[-1]

        for found, is_put in ahead_of(self.decoders, Putting(self.ready), lending(), ahead):
            slot = lent.popleft()
            rows = slots.had(slot) if slot is not None else []
            for at, (seen, beside) in enumerate(found):
                if not is_put and seen is not None:
                    slots.like(seen)
                yield (rows[at] if is_put and seen else seen), beside

    def _encoded(
        self, batch: list[Ready[Beside]]
    ) -> list[tuple[NDArray[np.float32] | None, Beside]]:
        good = [seen for seen, _ in batch if seen is not None]
        found = (self.encode or self.encoder.encode_prepared)(good)
        if len(found) != len(good):
            raise SetupError(
                f"the encoder {self.encoder.identity} made {len(found)} vectors of {len(good)} "
                f"images: whoever wrote it is to mend it"
            )
        vectors = iter(found)
        return [(None if seen is None else next(vectors), beside) for seen, beside in batch]


@dataclass(frozen=True)
class _All(Generic[Item, Beside]):
    """`ready` for a whole chunk; can be pickled if `ready` can."""

    ready: Callable[[Item], Ready[Beside]]

    def __call__(self, chunk: list[Item]) -> list[Ready[Beside]]:
        return [self.ready(item) for item in chunk]
