from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.caption import tiny
from tests.caption.made import plain
from vsfa_data.caption.captioners.transformers import TransformersCaptioner, TransformersOptions
from vsfa_data.caption.picture import Picture
from vsfa_data.caption.replies import Reply, Request

PICTURES = [
    plain(colour, size)
    for size in ((40, 60), (1, 1), (3, 400), (64, 64), (700, 600))
    for colour in ("red", "blue")
]
every_kind = pytest.mark.parametrize("kind", tiny.MAKERS)


def made(kind: str, **options: Any) -> TransformersCaptioner:
    captioner = TransformersCaptioner(
        TransformersOptions(model=str(tiny.checkpoint(kind)), max_new_tokens=6, **options)
    )
    captioner.require()
    captioner.open()
    return captioner


def asked(captioner: TransformersCaptioner, pictures: list[Picture]) -> list[Reply]:
    requests = [Request(picture, "What is it?") for picture in pictures]
    found = dict(captioner.replies(requests, 6))
    return [found[at] for at in range(len(pictures))]


@every_kind
def test_a_reply_in_a_batch_is_the_reply_alone_and_the_bare_model_s(kind: str) -> None:
    captioner = made(kind)
    together = asked(captioner, PICTURES)
    assert together == [asked(captioner, [picture])[0] for picture in PICTURES]
    assert len({reply.text for reply in together}) > 1 or kind == "blip"
    assert [reply.text for reply in together] == [bare(kind, picture) for picture in PICTURES]


def bare(kind: str, picture: Picture) -> str:
    """What a plain loop by the book of transformers gets, scaling left to the processor."""
    from transformers import AutoModelForImageTextToText, AutoProcessor

    folder = tiny.checkpoint(kind)
    processor = AutoProcessor.from_pretrained(folder)
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)
    if kind == "blip":
        inputs = processor(images=picture.image, return_tensors="pt")
        tokens = model.generate(**inputs, max_new_tokens=6, do_sample=False)
    else:
        content = [
            {"type": "image", "image": picture.image},
            {"type": "text", "text": "What is it?"},
        ]
        inputs = processor.apply_chat_template(
            [{"role": "user", "content": content}],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
        )
        tokens = model.generate(**inputs, max_new_tokens=6, do_sample=False)
        tokens = tokens[:, inputs["input_ids"].shape[1] :]
    text: str = processor.batch_decode(tokens, skip_special_tokens=True)[0]
    return text
