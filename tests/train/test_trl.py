"""A release read by TRL as it is: its own preparation, its collator, its trainer."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, load_dataset

from tests.release import samples
from tests.release.conftest import make_release  # noqa: F401  # a fixture
from tests.train import tiny


@pytest.fixture
def rows(make_release: Callable[..., Any], tmp_path: Path) -> Callable[[str], Dataset]:  # noqa: F811
    """`rows("threat")` -> the train split of a config, by `datasets` alone."""
    folder = make_release(samples.pictures(6), configs=("threat", "control", "text")).path
    cache = str(tmp_path / "cache")
    return lambda config: load_dataset(str(folder), config, split="train", cache_dir=cache)


def trainer(rows: Dataset, model: Any, reader: Any, out: Path) -> Any:
    from trl.trainer.sft_config import SFTConfig
    from trl.trainer.sft_trainer import SFTTrainer

    settings = SFTConfig(
        output_dir=str(out),
        max_steps=1,
        per_device_train_batch_size=2,
        max_length=None,
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
        report_to="none",
        save_strategy="no",
        disable_tqdm=True,
    )
    return SFTTrainer(model, settings, train_dataset=rows, processing_class=reader)


def is_one_of(text: str, conversations: Iterable[list[dict[str, str]]]) -> bool:
    """Whether it holds every turn of one of them, in order."""
    for turns in conversations:
        at = 0
        for turn in turns:
            at = text.find(turn["content"], at)
            if at < 0:
                break
        else:
            return True
    return False


def test_pictures_with_conversations(rows: Callable[[str], Dataset], tmp_path: Path) -> None:
    model, processor = tiny.idefics3()
    for config in ("threat", "control"):
        loaded = rows(config)
        made = trainer(loaded, model, processor, tmp_path / "out")
        assert len(made.train_dataset) == len(loaded)
        batch = next(iter(made.get_train_dataloader()))
        assert batch["pixel_values"].numel() > 0
        texts = processor.batch_decode(batch["input_ids"], skip_special_tokens=True)
        assert all(is_one_of(text, loaded["messages"]) for text in texts)
        assert (batch["labels"] != -100).sum() > 0
    assert math.isfinite(made.train().training_loss)
    assert made.state.global_step == 1


def test_conversations_with_captions(rows: Callable[[str], Dataset], tmp_path: Path) -> None:
    loaded = rows("text")
    model, processor = tiny.idefics3()
    words = processor.tokenizer
    words.chat_template = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
    made = trainer(loaded.select_columns(["messages"]), model, words, tmp_path / "out")
    batch = next(iter(made.get_train_dataloader()))
    texts = processor.batch_decode(batch["input_ids"], skip_special_tokens=True)
    assert all(is_one_of(text, loaded["messages"]) for text in texts)
    assert all(row["caption"] in row["messages"][0]["content"] for row in loaded)
    assert math.isfinite(made.train().training_loss)
