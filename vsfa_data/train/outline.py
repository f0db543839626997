"""What a run is going to do, known before it does it."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from typing import Final, TypeVar

from vsfa_data.errors import UserError
from vsfa_data.train.lora import Trainable
from vsfa_data.train.plan import Batch, in_order, plan, steps_for
from vsfa_data.train.presets import Preset
from vsfa_data.train.settings import Settings
from vsfa_data.train.split import Split

MAX_WORKERS: Final = 8
_T = TypeVar("_T")


@dataclass(frozen=True)
class Resolved:
    """Settings with nothing left open."""

    preset: str
    lora_target: str
    learning_rate: float
    max_image_px: int
    device: str
    dtype: str
    checkpointing: bool
    workers: int
    processes: int


@dataclass(frozen=True)
class Outline:
    """Steps, batches and weights of a run."""

    steps: int
    batches: list[Batch]
    validation: list[Batch]
    eval_every: int
    save_every: int
    conversations: int
    """Different ones that the run sees at all."""
    turns: int
    """Questions with their answers in them."""
    tokens: int
    """Tokens of all conversations of the run, each as often as it is seen."""
    answer_tokens: int
    """Those of them that carry a loss."""
    tokens_by_step: list[int]
    trainable: Trainable


def resolve(
    settings: Settings, preset: tuple[str, Preset], device: str, processes: int
) -> Resolved:
    """Fill in what `settings` leaves to the preset or the machine."""
    name, family = preset
    on_gpu = device == "cuda"
    dtype = settings.dtype
    if dtype == "auto":
        dtype = "bfloat16" if on_gpu else "float32"
    workers = settings.workers
    if workers is None:
        workers = min(MAX_WORKERS, (os.cpu_count() or 1) // processes) if on_gpu else 0
    return Resolved(
        preset=name,
        lora_target=_given(settings.lora_target, family.lora_target),
        learning_rate=_given(settings.learning_rate, family.learning_rate),
        max_image_px=_given(settings.max_image_px, family.max_image_px),
        device=device,
        dtype=dtype,
        checkpointing=on_gpu if settings.checkpointing is None else settings.checkpointing,
        workers=workers,
        processes=processes,
    )


def _given(given: _T | None, usual: _T) -> _T:
    return usual if given is None else given


def outline(
    settings: Settings, train: Split, validation: Split, trainable: Trainable, processes: int
) -> Outline:
    """The plan of a run. Raises UserError if no conversation is left to learn from."""
    if not train.lengths:
        raise UserError(_nothing_left(settings, train))
    per_step = settings.accumulate * processes
    size = settings.batch_size * per_step
    batches = _drawn(settings, train, per_step)
    steps = len(batches) // per_step
    tokens_by_step = [
        sum(train.lengths[index] for batch in batches[at : at + per_step] for index in batch)
        for at in range(0, len(batches), per_step)
    ]
    seen = {index for batch in batches for index in batch}
    return Outline(
        steps=steps,
        batches=batches,
        validation=in_order(validation.lengths, settings.batch_size),
        eval_every=settings.eval_every or _usual_eval_every(steps, len(validation.lengths), size),
        save_every=settings.save_every or max(1, -(-steps // 10)),
        conversations=len(seen),
        turns=sum(len(train.turns[index]) for index in seen),
        tokens=sum(tokens_by_step),
        answer_tokens=sum(train.answers[index] for batch in batches for index in batch),
        tokens_by_step=tokens_by_step,
        trainable=trainable,
    )


def seen(settings: Settings, train: Split, processes: int) -> list[int]:
    """How often the run will see each conversation, whatever their lengths."""
    if not train.lengths:
        return []
    drawn = _drawn(settings, train, settings.accumulate * processes)
    times = Counter(index for batch in drawn for index in batch)
    return [times[index] for index in range(len(train.lengths))]


def _drawn(settings: Settings, train: Split, per_step: int) -> list[Batch]:
    size = settings.batch_size * per_step
    steps = settings.max_steps or steps_for(settings.epochs, len(train.lengths), size)
    return plan(train.lengths, settings.batch_size, per_step, steps, settings.seed)


def _usual_eval_every(steps: int, validation: int, size: int) -> int:
    """A tenth of the run; more where fewer conversations would be learned from than validated."""
    return max(1, -(-steps // 10), -(-validation // size))


def _nothing_left(settings: Settings, train: Split) -> str:
    if train.too_long:
        return (
            f"{train.too_long} conversations of the train split have more than "
            f"{settings.max_length} tokens, and no other is left. Raise --max-length, or lower "
            f"--max-image-px"
        )
    if train.without_partner:
        return (
            f"{train.without_partner} conversations of the train split have partners in another "
            f"arm that cannot be used, and no other is left. Raise --max-length, or train the "
            f"configs without --arms"
        )
    if train.with_control_tokens:
        return (
            f"all {train.with_control_tokens} conversations of the train split hold tokens that "
            f"steer this model. Build the release again with another captioner"
        )
    return "the train split holds no conversations. Build the release again"
