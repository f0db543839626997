from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from vsfa_data.errors import UserError
from vsfa_data.train import presets
from vsfa_data.train.lora import Trainable
from vsfa_data.train.outline import outline, resolve
from vsfa_data.train.settings import Settings
from vsfa_data.train.split import Split

NO_ROWS: Any = ()
NONE = Split(NO_ROWS, [])
WEIGHTS = Trainable(1, 10, {"model.language_model.layers.*.q_proj": 1})


def settings(**given: object) -> Settings:
    return Settings(dataset="d", model="m", **given)  # type: ignore[arg-type]


def split(lengths: list[int]) -> Split:
    return Split(NO_ROWS, [[(length, length // 2)] for length in lengths])


def test_what_is_left_open_comes_from_the_preset_and_the_machine() -> None:
    preset = ("llava", presets.load_all()["llava"])
    cpu = resolve(settings(), preset, "cpu", 1)
    assert (cpu.dtype, cpu.checkpointing, cpu.workers) == ("float32", False, 0)
    assert cpu.learning_rate == preset[1].learning_rate
    gpu = resolve(settings(), preset, "cuda", 1)
    assert (gpu.dtype, gpu.checkpointing) == ("bfloat16", True)
    assert 1 <= gpu.workers <= 8
    said = resolve(
        settings(
            dtype="float32", checkpointing=False, workers=3, learning_rate=0.5, max_image_px=32
        ),
        preset,
        "cuda",
        2,
    )
    assert (said.dtype, said.checkpointing, said.workers) == ("float32", False, 3)
    assert (said.learning_rate, said.max_image_px, said.processes) == (0.5, 32, 2)


def test_steps_follow_from_epochs_batches_and_processes() -> None:
    lengths = list(range(10, 30))
    plan = outline(settings(epochs=2.0), split(lengths), split([5, 6]), WEIGHTS, 1)
    assert plan.steps == 5
    assert len(plan.batches) == 10
    assert outline(settings(epochs=2.0), split(lengths), NONE, WEIGHTS, 2).steps == 3
    assert outline(settings(max_steps=7), split(lengths), NONE, WEIGHTS, 2).steps == 7
    assert plan.validation == [[1, 0]]


def test_tokens_are_counted_as_often_as_they_are_seen() -> None:
    lengths = [10, 20, 30, 40]
    plan = outline(
        settings(epochs=3.0, batch_size=2, accumulate=1), split(lengths), NONE, WEIGHTS, 1
    )
    assert plan.tokens == sum(plan.tokens_by_step) == 3 * sum(lengths)
    assert plan.answer_tokens == 3 * sum(lengths) // 2
    assert len(plan.tokens_by_step) == plan.steps


@pytest.mark.parametrize(
    ("steps", "validated", "every"),
    [(60, 12, 6), (60, 40, 10), (4, 400, 100), (1, 0, 1), (95, 4, 10)],
)
def test_a_run_never_validates_more_than_it_learns_from(
    steps: int, validated: int, every: int
) -> None:
    chosen = settings(max_steps=steps, batch_size=2, accumulate=2)
    plan = outline(chosen, split([10] * 8), split([10] * validated), WEIGHTS, 1)
    assert plan.eval_every == every
    said = settings(max_steps=steps, batch_size=2, accumulate=2, eval_every=3)
    assert outline(said, split([10] * 8), split([10] * validated), WEIGHTS, 1).eval_every == 3


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(UserError, match=r"^9 conversations .* more than 64 tokens, and no other"):
        outline(settings(max_length=64), replace(NONE, too_long=9), NONE, WEIGHTS, 1)
    with pytest.raises(UserError, match=r"^9 conversations .* partners in another arm that cannot"):
        outline(settings(), replace(NONE, without_partner=9), NONE, WEIGHTS, 1)
    with pytest.raises(UserError, match=r"all 9 conversations .* hold tokens that steer"):
        outline(settings(), replace(NONE, with_control_tokens=9), NONE, WEIGHTS, 1)
    with pytest.raises(UserError, match=r"the train split holds no conversations"):
        outline(settings(), NONE, NONE, WEIGHTS, 1)
