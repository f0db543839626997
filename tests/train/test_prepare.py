from __future__ import annotations

from pathlib import Path

import pytest

from tests.train import tiny
from vsfa_data.errors import UserError
from vsfa_data.train import prepare
from vsfa_data.train.collate import IGNORED, Collator
from vsfa_data.train.conversation import Conversation
from vsfa_data.train.release import open_source


@pytest.fixture
def collator() -> Collator:
    return Collator(tiny.MODELS["qwen2_5_vl"]()[1], max_image_px=64)


def stored(pristine: Path, folder: Path, collator: Collator, workers: int = 0) -> list[int]:
    heard: list[int] = []
    prepare.store(open_source(str(pristine), "threat"), {"train": None}, folder)
    prepare.measure(folder, "train", collator, workers, heard.append)
    return heard


def test_lengths_are_those_of_the_batches(
    pristine: Path, tmp_path: Path, collator: Collator, conversations: list[Conversation]
) -> None:
    heard = stored(pristine, tmp_path, collator)
    assert sum(heard) == len(conversations) == prepare.stored(tmp_path, "train")
    found = prepare.load(tmp_path, "train", 10**6)
    assert found.too_long == 0
    batch = collator(conversations)
    assert found.lengths == batch["attention_mask"].sum(1).tolist()
    assert found.answers == (batch["labels"] != IGNORED).sum(1).tolist()
    # A conversation that ends earlier is as long as was said.
    first = collator(list(found.shortened([1] * len(conversations)).rows))
    assert [turns[0][0] for turns in found.turns] == first["attention_mask"].sum(1).tolist()
    assert [turns[0][1] for turns in found.turns] == (first["labels"] != IGNORED).sum(1).tolist()


def test_worker_processes_find_the_same(pristine: Path, tmp_path: Path, collator: Collator) -> None:
    stored(pristine, tmp_path / "here", collator)
    stored(pristine, tmp_path / "there", collator, workers=2)
    here, there = (
        (tmp_path / name / "train-turns.json").read_bytes() for name in ("here", "there")
    )
    assert here == there


def test_what_is_too_long_is_left_out_and_counted(
    pristine: Path, tmp_path: Path, collator: Collator
) -> None:
    stored(pristine, tmp_path, collator)
    lengths = prepare.load(tmp_path, "train", 10**6).lengths
    limit = sorted(lengths)[2]
    cut = prepare.load(tmp_path, "train", limit)
    assert list(cut.lengths) == [length for length in lengths if length <= limit]
    assert len(cut.rows) == len(cut.lengths)
    assert cut.too_long == len(lengths) - len(cut.lengths) > 0


@pytest.mark.parametrize("name", tiny.MODELS)
def test_text_that_steers_the_model_is_left_out_and_counted(
    name: str, conversations: list[Conversation]
) -> None:
    _, processor = tiny.MODELS[name]()
    tokens = prepare.control_tokens(processor.tokenizer)
    assert {tiny.PICTURE_TOKENS[name], processor.tokenizer.eos_token} <= set(tokens)
    measure = prepare.Measure(tiny.collator(name, processor))
    one = conversations[0]
    for token in tokens:
        question = {"role": "user", "content": f"What {token} is it?"}
        steering = Conversation(one.image_id, one.image, (question, one.messages[1]))
        first, second = measure([steering, one])  # type: ignore[misc]
        assert first == []
        assert len(second) == len(one.messages) // 2


def test_what_was_left_out_is_told_by_reason(pristine: Path, tmp_path: Path) -> None:
    prepare.store(open_source(str(pristine), "threat"), {"train": range(4)}, tmp_path)
    turns = "[[[8, 1], [10, 2]], [], [[9, 1], [99, 2]], [[20, 3]]]"
    (tmp_path / "train-turns.json").write_text(turns)
    found = prepare.load(tmp_path, "train", 50)
    assert (found.too_long, found.with_control_tokens) == (1, 1)
    assert list(found.lengths) == [10, 20]
    every = list(prepare.Rows(tmp_path / "train.arrow"))
    assert list(found.rows) == [every[0], every[3]]


@pytest.mark.parametrize("workers", [0, 1])
def test_a_broken_picture_is_named(
    pristine: Path,
    tmp_path: Path,
    collator: Collator,
    monkeypatch: pytest.MonkeyPatch,
    workers: int,
) -> None:
    prepare.store(open_source(str(pristine), "threat"), {"train": None}, tmp_path)
    real = prepare.Rows.__getitem__

    def broken(self: prepare.Rows, index: int) -> Conversation:
        row: Conversation = real(self, index)
        return Conversation(row.image_id, (row.image or b"")[:200], row.messages)

    monkeypatch.setattr(prepare.Rows, "__getitem__", broken)
    with pytest.raises(UserError, match=r"^the picture [0-9a-f]{64} cannot be decoded"):
        prepare.measure(tmp_path, "train", collator, workers, lambda _: None)
