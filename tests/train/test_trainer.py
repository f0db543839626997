from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import Trainer

from tests.train import tiny
from vsfa_data.errors import SetupError
from vsfa_data.train import lora, presets, setup
from vsfa_data.train.collate import Collator
from vsfa_data.train.conversation import Conversation
from vsfa_data.train.loss import METRIC, token_losses
from vsfa_data.train.plan import plan
from vsfa_data.train.trainer import Data, PlannedTrainer, training_arguments


def built(
    rows: list[Conversation], tmp_path: Path, batches: list[list[int]], **given: Any
) -> PlannedTrainer:
    torch.manual_seed(0)
    model, processor = tiny.MODELS["llava"]()
    _, preset = presets.choose(None, model.config)
    model = lora.attach(model, preset.lora_target, rank=4, alpha=8, dropout=0.0)
    usual = {"use_cpu": True, "save_strategy": "no", "learning_rate": 1e-2, "logging_steps": 1}
    arguments = training_arguments(tmp_path, **(usual | given))
    validation = Data(rows, [[0, 1, 2], [3]])
    return PlannedTrainer(
        model, arguments, Collator(processor, max_image_px=64), Data(rows, batches), validation
    )


def weights(trainer: PlannedTrainer) -> dict[str, torch.Tensor]:
    return {n: p.detach() for n, p in trainer.model.named_parameters() if p.requires_grad}


def test_accumulated_batches_are_one_batch(
    conversations: list[Conversation], tmp_path: Path
) -> None:
    # Answers differ in length, so a mean of the batches' means would be another number.
    turns = ({"role": "user", "content": "Q?"}, {"role": "assistant", "content": "A " * 40})
    rows = [*conversations[:6], Conversation("long", conversations[6].image, turns)]
    trainers = []
    for size, accumulate in ((4, 1), (2, 2), (1, 4)):
        batches = plan([9] * len(rows), size, accumulate, 4, seed=0)
        trainer = built(
            rows,
            tmp_path,
            batches,
            max_steps=4,
            per_device_train_batch_size=size,
            gradient_accumulation_steps=accumulate,
        )
        trainer.train()
        trainers.append(trainer)
    one, *others = trainers
    for other in others:
        for name, weight in weights(one).items():
            torch.testing.assert_close(weights(other)[name], weight, rtol=0, atol=2e-4)
        for a, b in zip(one.state.log_history, other.state.log_history, strict=True):
            assert a.get("loss") == pytest.approx(b.get("loss"), abs=1e-4)


def test_the_validation_loss_is_a_mean_over_tokens(
    conversations: list[Conversation], tmp_path: Path
) -> None:
    trainer = built(conversations, tmp_path, [[0]], max_steps=1)
    found = trainer.evaluate()[METRIC]
    parts = [
        token_losses(trainer.model, trainer.data_collator([row]), sparing=False)
        for row in conversations[:4]
    ]
    total, tokens = (sum(float(part[at]) for part in parts) for at in (0, 1))
    assert found == pytest.approx(total / tokens, abs=1e-4)
    assert trainer.state.log_history[-1][METRIC] == found
    assert trainer.model.training


def test_without_a_validation_split_there_is_no_loss(
    conversations: list[Conversation], tmp_path: Path
) -> None:
    trainer = built(conversations, tmp_path, [[0]], max_steps=1)
    trainer._validation = Data()
    assert trainer.evaluate() == {}


def test_processes_take_turns(conversations: list[Conversation], tmp_path: Path) -> None:
    trainer = built(conversations, tmp_path, [[0], [1], [2], [3]], max_steps=2)

    class Two:
        def __init__(self, index: int) -> None:
            self.process_index, self.world_size = index, 2
            self.dataloader_num_workers, self.dataloader_pin_memory = 0, False

    shares = []
    for index in (0, 1):
        trainer.args = Two(index)  # type: ignore[assignment]
        shares.append(trainer.get_train_dataloader().batch_sampler)
    assert shares == [[[0], [2]], [[1], [3]]]


def test_the_libraries_parts_that_are_leaned_on_are_there() -> None:
    for name in ("compute_loss", "evaluate", "_prepare_inputs", "get_train_dataloader"):
        assert name in vars(Trainer)


@pytest.mark.parametrize("since", [0, 1])
@pytest.mark.filterwarnings("ignore:put_ does not have")
def test_a_model_that_cannot_be_repeatable_on_a_gpu_is_trained_all_the_same_from_its_first_step(
    since: int, conversations: list[Conversation], tmp_path: Path
) -> None:
    trainer = built(conversations, tmp_path, [[0], [1]], max_steps=2)
    plain = built(conversations, tmp_path, [[0], [1]], max_steps=2)
    trainer._strict, strict = True, []  # as on a GPU

    def put(*_: Any) -> None:
        if trainer.state.global_step >= since:
            strict.append(not torch.is_deterministic_algorithms_warn_only_enabled())
            torch.zeros(2).put_(torch.tensor([0]), torch.tensor([1.0]))

    # In the middle of the first pass back, when some gradients are there already.
    layers = trainer.model.get_base_model().model.language_model.layers
    layers[-1].register_full_backward_hook(put)
    setup.repeatable(on=True)
    try:
        plain.train()
        if since:
            with pytest.raises(SetupError, match=r"put_ does not have .* with --no-repeatable"):
                trainer.train()
            return
        trainer.train()
    finally:
        setup.repeatable(on=False)
    assert strict == [True, False, False]
    for name, weight in weights(plain).items():
        assert torch.equal(weights(trainer)[name], weight)
