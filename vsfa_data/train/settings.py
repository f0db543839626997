"""What a run may be told. Everything that shapes the adapter is here, and ends in run.json.

A plain dataclass, since the command line makes its options from it: `vsfa-data --help` must not
wait for a validation library.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

from vsfa_data.errors import UserError

OPTIMIZER: Final = {
    "optim": "adamw_torch_fused",
    "adam_beta1": 0.9,
    "adam_beta2": 0.999,
    "weight_decay": 0.0,
    "max_grad_norm": 1.0,
    "lr_scheduler_type": "cosine",
}
"""What nobody is asked for, in the Trainer's words; run.json names it all the same."""


@dataclass(frozen=True)
class Say:
    """What a setting means, and the smallest and largest value it may have."""

    meaning: str
    low: float = -math.inf
    high: float = math.inf


@dataclass(frozen=True)
class Settings:
    """One run. What is None is taken from the model family's preset, or from the machine.

    Raises UserError for a value that is out of range.
    """

    dataset: Annotated[
        str, Say("A release folder, the --out of a build, or a Hub id; @TAG for a version.")
    ]
    model: Annotated[str, Say("Vision-language model: a folder or a Hub id, with @REVISION.")]
    config: Annotated[str, Say("Config of the dataset.")] = "threat"
    seed: Annotated[
        int, Say("Seed of the LoRA weights and of the order of conversations.", 0, 2**32 - 1)
    ] = 0
    epochs: Annotated[float, Say("How often each conversation is seen.", 1e-6, 10_000)] = 1.0
    max_steps: Annotated[int | None, Say("Optimizer steps, instead of epochs.", 1, 10**8)] = None
    limit: Annotated[
        int | None, Say("Conversations to learn from, at most: the first ones.", 1)
    ] = None
    batch_size: Annotated[int, Say("Conversations that one process computes at once.", 1, 4096)] = 4
    accumulate: Annotated[int, Say("Batches of each process in one optimizer step.", 1, 65_536)] = 2
    learning_rate: Annotated[float | None, Say("Peak learning rate; else the preset's.", 0, 1)] = (
        None
    )
    warmup: Annotated[
        float,
        Say("Share of the steps in which the rate rises; then it falls as a cosine.", 0, 1),
    ] = 0.05
    rank: Annotated[int, Say("Rank of the LoRA matrices.", 1, 4096)] = 16
    alpha: Annotated[int, Say("LoRA's scale: the update counts alpha / rank times.", 1, 65_536)] = (
        32
    )
    dropout: Annotated[
        float, Say("Share of a LoRA layer's input that is dropped while training.", 0, 0.99)
    ] = 0.0
    preset: Annotated[
        str | None, Say("Model family; else the one that the model's type belongs to.")
    ] = None
    lora_target: Annotated[
        str | None, Say("Regular expression for full names of the layers that get LoRA weights.")
    ] = None
    max_length: Annotated[
        int,
        Say("Tokens, the picture's included; a longer conversation is left out.", 16, 10**7),
    ] = 4096
    max_image_px: Annotated[
        int | None, Say("Longer side of a picture, at most, in pixels.", 16, 65_536)
    ] = None
    eval_every: Annotated[
        int | None,
        Say("Steps between evaluations; else a tenth of the run, more if validation is large.", 1),
    ] = None
    save_every: Annotated[
        int | None, Say("Steps between checkpoints; else a tenth of the run.", 1)
    ] = None
    checkpointing: Annotated[
        bool | None, Say("Compute activations twice, to hold few of them; else on a GPU only.")
    ] = None
    dtype: Annotated[
        Literal["auto", "float32", "bfloat16"],
        Say("Number type of the frozen weights; auto: bfloat16 on a GPU, float32 on a CPU."),
    ] = "auto"
    device: Annotated[
        Literal["auto", "cpu", "cuda"], Say("Where to compute; auto: on a GPU if there is one.")
    ] = "auto"
    quantize: Annotated[
        Literal["none", "4bit"],
        Say("4bit: hold the frozen weights in four bits (QLoRA, extra 'qlora')."),
    ] = "none"
    repeatable: Annotated[
        bool, Say("Choose algorithms that give the same bits each time, on the same machine.")
    ] = True
    workers: Annotated[
        int | None, Say("Processes that decode pictures; else 8 on a GPU, 0 on a CPU.", 0, 256)
    ] = None
    base_id: Annotated[
        str | None, Say("Hub id that the adapter names as its base, if --model is a folder.")
    ] = None
    log_to: Annotated[
        Literal["none", "tensorboard", "trackio"], Say("Where else to log, as it goes.")
    ] = "none"

    def __post_init__(self) -> None:
        for name, kind, say in describe():
            value = getattr(self, name)
            option = "--" + name.replace("_", "-")
            if get_origin(kind) is Literal and value not in get_args(kind):
                raise UserError(f"{option} {value}: choose one of {', '.join(get_args(kind))}")
            if isinstance(value, int | float) and not say.low <= value <= say.high:
                allowed = f"from {say.low:g}" + (f" to {say.high:g}" if say.high < math.inf else "")
                raise UserError(f"{option} {value}: must be {allowed}. {say.meaning}")


def describe() -> Iterator[tuple[str, Any, Say]]:
    """Name, type and meaning of each setting, in order."""
    hints = get_type_hints(Settings, include_extras=True)
    for field in fields(Settings):
        kind, say = get_args(hints[field.name])
        yield field.name, kind, say
