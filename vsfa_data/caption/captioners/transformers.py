"""Captions from any image-text-to-text checkpoint that transformers can load."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar, Final

from vsfa_data.caption.local.batching import Batch, Batches, Budget
from vsfa_data.caption.local.options import TransformersOptions
from vsfa_data.caption.local.showing import scaled, shown, tokens
from vsfa_data.caption.local.vlm import UNPROMPTED, Generation, VisionLanguageModel
from vsfa_data.caption.prompted.captioner import PromptedCaptioner
from vsfa_data.caption.prompted.replies import Reply, Request
from vsfa_data.caption.prompted.talks import More, Replies
from vsfa_data.errors import MissingExtraError, SetupError
from vsfa_data.sections import Section

if TYPE_CHECKING:
    from vsfa_data.caption.local.checkpoint import Checkpoint
    from vsfa_data.caption.local.loading import Placement


LARGEST_BATCH: Final = 64
"""On an H200, LLaVA-1.5-7B gave half as many captions in one batch of 256 as in four of 64, whose
pictures are made ready while the model works (docs/benchmarks.md)."""
CPU_BATCH: Final = 8
MAX_DECODERS: Final = 8
"""Threads that decode pictures ahead of the model."""


class TransformersCaptioner(PromptedCaptioner):
    """Batches of pictures through `generate`, the next batch being prepared meanwhile.

    Where memory runs out, the batch is halved and tried again, and later ones stay that small.
    """

    Options: ClassVar[type[Section]] = TransformersOptions
    chunk = 8 * LARGEST_BATCH

    @property
    def alone(self) -> bool:
        """Whether it runs on a GPU; on a CPU each process has one thread and its own model."""
        from vsfa_data.caption.local import loading

        return loading.device_of(self._placement()) != "cpu"

    @property
    def cards(self) -> int:
        """All GPUs, unless the recipe names one."""
        import torch

        return max(1, torch.cuda.device_count()) if self.options.device == "auto" else 1

    @cached_property
    def identity(self) -> str:
        """Name and commit if it is from the Hub, and one sha256 for all files of the model."""
        found = self._checkpoint(download=False)
        name = f"{found.name} at {self.options.revision}; " if found.name else ""
        return f"transformers 1; {name}sha256:{found.sha256}"

    def require(self) -> None:
        """Raise MissingExtraError without the extra, SetupError without a fit checkpoint.

        A checkpoint of the Hub is downloaded here, once, and not by each worker.
        """
        for module in ("torch", "torchvision", "transformers"):
            if importlib.util.find_spec(module) is None:
                raise MissingExtraError("the captioner 'transformers'", "transformers", module)
        found = self._checkpoint(download=True)
        found.config()
        found.weights()
        from vsfa_data.caption.local import loading

        loading.check(found.folder, self._placement())

    def open(self) -> None:
        """Ask for captions alone where the model cannot be asked in words."""
        if self._checkpoint(download=False).config().get("model_type") in UNPROMPTED:
            self.prompts = self.prompts.model_copy(
                update={"subject": None, "absent": None, "topics": {}}
            )

    @cached_property
    def model(self) -> VisionLanguageModel:
        """Processor and weights, loaded for the first picture that no kept reply answers.

        Raises SetupError for weights that cannot be loaded.
        """
        from vsfa_data.caption.local import loading

        return loading.load(self._checkpoint(download=False).folder, self._placement())

    def parameters(self, max_new_tokens: int) -> dict[str, Any]:
        """Length, size of the picture, sampling, precision of the weights.

        Device, batch and floating-point type are left out: where a model runs is chance.
        """
        options = self.options
        return {
            "max_new_tokens": max_new_tokens,
            "max_pixels": options.max_pixels,
            "temperature": options.temperature,
            "quantize": options.quantize,
        }

    def _placement(self) -> Placement:
        from vsfa_data.caption.local.loading import Placement

        options = self.options
        return Placement(options.device, options.dtype, options.quantize == "4bit")

    def _checkpoint(self, *, download: bool) -> Checkpoint:
        from vsfa_data.caption.local import checkpoint

        return checkpoint.find(self.options.model, self.options.revision, download=download)

    @cached_property
    def budget(self) -> Budget:
        """How much goes into one batch. Loads the model, whose size decides it."""
        largest = tokens(self.options.max_pixels, self.options.max_new_tokens)
        if self.options.batch_size is not None:
            return Budget(float(self.options.batch_size * largest))
        fitting = self.model.tokens_that_fit()
        most = float(LARGEST_BATCH * largest)
        return Budget(float(CPU_BATCH * largest) if fitting is None else min(fitting, most))

    def replies(self, more: More) -> Replies:
        """Replies batch by batch, the largest pictures first; then those that came up meanwhile.

        New talks begin once no other goes on: so batches are full, and of one length.
        Raises SetupError where memory does not suffice for one picture.
        """
        waiting: list[Request] = []
        with ThreadPoolExecutor(min(MAX_DECODERS, os.cpu_count() or 1)) as decoders:
            while waiting := waiting or list(iter(more, None)):
                length = waiting[0].max_new_tokens
                now = [request for request in waiting if request.max_new_tokens == length]
                waiting = [request for request in waiting if request.max_new_tokens != length]
                for at, reply in self._in_batches(now, decoders):
                    following = yield now[at], reply
                    if following is not None:
                        waiting.append(following)

    def _in_batches(
        self, requests: Sequence[Request], decoders: Executor
    ) -> Iterator[tuple[int, Reply]]:
        """Number and reply of each of `requests`, all of which have one length."""
        sizes = [scaled(request.picture.size, self.options.max_pixels) for request in requests]
        length = requests[0].max_new_tokens

        def prepare(batch: Batch) -> tuple[Any, Generation]:
            images = decoders.map(lambda at: shown(requests[at].picture, sizes[at]), batch)
            prompts = [requests[at].prompt for at in batch]
            inputs = self.model.prepare(list(images), prompts)
            return inputs, self._how([requests[at] for at in batch])

        batches = Batches(
            self.budget, prepare, lambda ready: self.model.generate(*ready), self.model.free
        )
        try:
            yield from batches.over([tokens(w * h, length) for w, h in sizes])
        except MemoryError as error:
            raise SetupError(
                f"memory ran out on a single picture of caption.max_pixels="
                f"{self.options.max_pixels} ({str(error)[:120]}). Run the same command again "
                f"with a lower --set caption.max_pixels=..., with --set caption.quantize=4bit, "
                f"or on a machine with more memory: replies so far are kept"
            ) from error

    def _how(self, requests: Sequence[Request]) -> Generation:
        """Greedy, or drawn with a seed that depends on the pictures of the batch alone."""
        ids = "".join(request.picture.image_id for request in requests)
        seed = int.from_bytes(sha256(ids.encode()).digest()[:4], "big")
        return Generation(requests[0].max_new_tokens, self.options.temperature, seed)
