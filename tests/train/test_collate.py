from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.train import tiny
from vsfa_data.errors import UserError
from vsfa_data.train.collate import IGNORED, Collator
from vsfa_data.train.conversation import Conversation
from vsfa_data.train.loss import token_losses


@pytest.fixture(params=tiny.MODELS)
def built(request: pytest.FixtureRequest) -> tuple[str, Any, Any]:
    model, processor = tiny.MODELS[request.param]()
    return request.param, model, processor


def asked(one: Conversation) -> list[str]:
    return [turn["content"] for turn in one.messages if turn["role"] == "user"]


def answered(one: Conversation) -> list[str]:
    return [turn["content"] for turn in one.messages if turn["role"] == "assistant"]


def longer(one: Conversation) -> Conversation:
    """The same with another question: two lengths in a batch mean padding."""
    more = ({"role": "user", "content": "Is it so?"}, {"role": "assistant", "content": "It is so."})
    return Conversation(one.image_id, one.image, (*one.messages, *more))


def test_answers_alone_are_labelled(
    built: tuple[str, Any, Any], conversations: list[Conversation]
) -> None:
    name, _, processor = built
    rows = [conversations[0], longer(conversations[1])]
    batch = tiny.collator(name, processor)(rows)
    picture = processor.tokenizer.convert_tokens_to_ids(tiny.PICTURE_TOKENS[name])
    assert (batch["input_ids"] == picture).sum() > len(rows)
    assert (batch["attention_mask"] == 0).any()
    for row, one in enumerate(rows):
        labels, ids = batch["labels"][row], batch["input_ids"][row]
        kept = labels != IGNORED
        assert torch.equal(labels[kept], ids[kept])
        text = processor.tokenizer.decode(ids[kept], skip_special_tokens=True)
        assert "".join(text.split()) == "".join("".join(answered(one)).split())
        assert not any(question in text for question in asked(one))
        assert not kept[ids == picture].any()
        assert not kept[batch["attention_mask"][row] == 0].any()


def test_only_answers_move_the_loss(
    built: tuple[str, Any, Any], conversations: list[Conversation]
) -> None:
    name, model, processor = built
    batch = tiny.collator(name, processor)([conversations[0], longer(conversations[1])])
    seen: list[Any] = []

    def keep(_module: Any, _inputs: Any, logits: Any) -> None:
        logits.retain_grad()
        seen.append(logits)

    model.get_output_embeddings().register_forward_hook(keep)
    total, tokens = token_losses(model, batch, sparing=False)
    total.backward()
    moved = seen[0].grad.abs().sum(-1) > 0
    # Logits at a position predict the token after it.
    assert torch.equal(moved[:, :-1], batch["labels"][:, 1:] != IGNORED)
    assert not moved[:, -1].any()
    assert tokens == (batch["labels"] != IGNORED).sum()


def test_conversations_with_and_without_a_picture_share_a_batch(
    built: tuple[str, Any, Any], conversations: list[Conversation]
) -> None:
    name, model, processor = built
    one, other = conversations[:2]
    rows = [Conversation("a", None, one.messages), other]
    mixed = tiny.collator(name, processor)(rows)
    total, tokens = token_losses(model, mixed, sparing=True)
    alone = [
        token_losses(model, tiny.collator(name, processor)([row]), sparing=True) for row in rows
    ]
    assert tokens == sum(part[1] for part in alone)
    torch.testing.assert_close(total, sum(part[0] for part in alone))


def test_pictures_are_scaled_down_to_the_cap_and_never_up(
    conversations: list[Conversation],
) -> None:
    _, processor = tiny.MODELS["qwen2_5_vl"]()
    data = conversations[0].image
    assert data is not None
    whole = Collator(processor).picture(data).size
    small = Collator(processor, max_image_px=64).picture(data).size
    assert max(small) == 64
    assert min(small) == pytest.approx(64 * min(whole) / max(whole), abs=1)
    assert Collator(processor, max_image_px=10_000).picture(data).size == whole


def test_a_processor_that_rewrites_text_is_refused(conversations: list[Conversation]) -> None:
    _, processor = tiny.MODELS["llava"]()

    class Shouting:
        tokenizer = processor.tokenizer
        apply_chat_template = processor.apply_chat_template

        def __call__(self, text: list[str], **given: Any) -> Any:
            return processor(
                text=[one.upper().replace("<IMAGE>", "<image>") for one in text], **given
            )

    with pytest.raises(UserError, match=r"changes the text behind a picture"):
        Collator(Shouting(), max_image_px=64)(conversations[:1])
