from __future__ import annotations

import errno

import pytest
import torch

from vsfa_data.errors import SetupError
from vsfa_data.train import presets
from vsfa_data.train.outline import resolve
from vsfa_data.train.problems import advice, explained
from vsfa_data.train.settings import Settings


def settings(**given: object) -> Settings:
    return Settings(dataset="d", model="m", **given)  # type: ignore[arg-type]


def said(chosen: Settings) -> str:
    return advice(chosen, resolve(chosen, ("llava", presets.load_all()["llava"]), "cpu", 1))


def test_the_least_harmful_is_lowered_first() -> None:
    assert said(settings(batch_size=4, accumulate=2)).startswith(
        "Lower --batch-size from 4 to 2 and raise --accumulate from 2 to 4"
    )
    assert said(settings(batch_size=1)).startswith("Add --checkpointing")
    assert said(settings(batch_size=1, checkpointing=True)) == (
        "Lower --max-image-px from 672 to 336, or --max-length from 4096 to 2048"
    )


@pytest.mark.parametrize(
    ("error", "start"),
    [
        (MemoryError(), "out of memory. Lower --batch-size"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate"), "out of memory. "),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling"), "out of memory. "),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "out of memory. "),
        (OSError(errno.ENOSPC, "No space left on device"), "no space left for a checkpoint"),
        (RuntimeError("could not create a primitive"), "out of memory. "),
        (RuntimeError("[enforce fail at inline_container.cc:671]"), "no space left for a checkp"),
        (RuntimeError("PytorchStreamWriter failed writing file"), "no space left for a checkp"),
    ],
)
def test_a_small_machine_is_explained(error: Exception, start: str) -> None:
    chosen = settings()
    resolved = resolve(chosen, ("llava", presets.load_all()["llava"]), "cpu", 1)
    with pytest.raises(SetupError) as caught, explained(chosen, resolved):
        raise error
    assert str(caught.value).startswith(start)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("error", [RuntimeError("shapes differ"), OSError(errno.ENOENT, "gone")])
def test_a_bug_stays_one(error: Exception) -> None:
    chosen = settings()
    resolved = resolve(chosen, ("llava", presets.load_all()["llava"]), "cpu", 1)
    with pytest.raises(type(error)) as caught, explained(chosen, resolved):
        raise error
    assert caught.value is error
