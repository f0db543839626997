"""Runs a model over batches of one size: what comes out for a row does not depend on its company.

A batch that is not full is padded. The kernels that a library picks depend on the shape of the
batch, so with one shape a row is computed by the same operations wherever it stands. After the
accelerator ran out of memory the size is halved, and what follows may differ by rounding.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from vsfa_data.errors import SetupError, ran_out_of_memory

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CPU_BATCH: Final = 8
"""Rows in a batch on a CPU: ViT-B-32 is no faster with more (16.3 images/s; 10.0 one by one)."""
CUDA_BATCH: Final = 256
"""Rows in a batch on a GPU, before memory runs out."""


class Streams(NamedTuple):
    """Where a thread's work on a GPU is queued; nothing on a CPU.

    Copies have a stream for each thread and run beside another's batch. Models have one for all:
    two batches that compute at once get in each other's way, by 7% with SigLIP-so400m on an H200.
    """

    copying: Any = None
    computing: Any = None

    def brought(self, batch: Any) -> None:
        """Have the model wait until `batch` is there."""
        if self.computing is not None:
            self.computing.wait_stream(self.copying)
            batch.record_stream(self.computing)

    def computed(self) -> None:
        """Have the copy back wait for the model."""
        if self.computing is not None:
            self.copying.wait_stream(self.computing)


class Forward:
    """`model` maps a tensor [n, ...] on `device` to features [n, d]; rows become unit vectors.

    `what` names the model in errors. May be called by several threads at a time.
    """

    def __init__(
        self, model: Callable[[Any], Any], device: str, what: str, size: int | None = None
    ) -> None:
        self._model, self._device, self._what = model, device, what
        self._lock, self._local = threading.Lock(), threading.local()
        self._computing: Any = None
        self.size = size or (CUDA_BATCH if device == "cuda" else CPU_BATCH)

    def __call__(self, rows: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
        """Arrays of one shape and dtype -> float32[n, d], rows of length 1.

        Raises SetupError if not even one row fits into memory, or if a vector is not finite.
        """
        import numpy as np

        done: list[NDArray[np.float32]] = []
        at = 0
        while at < len(rows):
            size = self.size
            vectors = self._attempt(rows[at : at + size], size)
            if vectors is None:
                self._shrink(size)
                continue
            done.append(vectors)
            at += size
        if not done:
            return np.empty((0, 0), np.float32)
        found = np.concatenate(done)
        self._check(found)
        return found

    def settle(self, row: NDArray[Any]) -> None:
        """On a GPU, find the size that fits into its memory, by a batch of rows like `row`."""
        if self._device == "cuda":
            self([row] * self.size)

    def _attempt(self, rows: Sequence[NDArray[Any]], size: int) -> NDArray[np.float32] | None:
        """As `_batch`, or None if memory ran out."""
        try:
            return self._batch(rows, size)
        except RuntimeError as error:
            if not ran_out_of_memory(error):
                raise
            # Returning lets go of the traceback, which holds the tensors of every frame.
            return None

    def _batch(self, rows: Sequence[NDArray[Any]], size: int) -> NDArray[np.float32]:
        import torch
        from torch.nn.functional import normalize

        staged, streams = self._staged(rows, size), self._streams()
        with torch.inference_mode():
            with torch.cuda.stream(streams.copying):
                batch = staged.to(self._device, non_blocking=True)
            with torch.cuda.stream(streams.computing):
                streams.brought(batch)
                vectors = normalize(self._model(batch).float(), dim=-1)[: len(rows)]
            with torch.cuda.stream(streams.copying):
                streams.computed()
                found: NDArray[np.float32] = vectors.cpu().numpy()
        return found

    def _staged(self, rows: Sequence[NDArray[Any]], size: int) -> Any:
        """The rows, filled up with the first of them; in page-locked memory if they go to a GPU.

        The thread uses the memory again for its next batch.
        """
        import torch

        first = rows[0]
        shape, dtype = (size, *first.shape), getattr(torch, first.dtype.name)
        staged = getattr(self._local, "staged", None)
        if staged is None or staged.shape != shape or staged.dtype != dtype:
            pinned = self._device == "cuda"
            staged = torch.zeros(shape, dtype=dtype, pin_memory=pinned)
            self._local.staged = staged
        view = staged.numpy()
        for at, row in enumerate(rows):
            view[at] = row
        view[len(rows) :] = rows[0]
        return staged

    def _streams(self) -> Streams:
        import torch

        if self._device != "cuda":
            return Streams()
        with self._lock:
            if self._computing is None:
                self._computing = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # torch's own gap
        if not hasattr(self._local, "streams"):
            own = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # torch's own gap
            self._local.streams = Streams(own, self._computing)
        found: Streams = self._local.streams
        return found

    def _shrink(self, size: int) -> None:
        import torch

        self._local.staged = None
        torch.cuda.empty_cache()
        with self._lock:
            if size == 1:
                raise SetupError(
                    f"{self._what}: not even one image at a time fits into the GPU's memory. "
                    f"Free some, or use device: cpu or a smaller model"
                )
            self.size = min(self.size, max(1, size // 2))

    def _check(self, vectors: NDArray[np.float32]) -> None:
        import numpy as np

        bad = int((~np.isfinite(vectors).all(1)).sum())
        if bad:
            raise SetupError(
                f"{self._what}: {bad} of {len(vectors)} vectors are not finite numbers. The "
                f"weights are damaged, or too large for this precision: try precision: fp32"
            )
