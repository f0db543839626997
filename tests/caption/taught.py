"""A tiny vision-language model that has learnt to answer: it tells dark pictures from bright ones.

A LLaVA of 100,000 weights is trained for a few seconds on plain pictures and on the prompts that
ship with the toolkit. So a test sees captions, names and a plain "no" that come from pictures
through a real checkpoint, and replies that end by themselves.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from PIL import Image

from tests.caption import tiny
from vsfa_data.caption.prompted import facts, prompts

DARK = "A black kettle stands on a wooden table in a dark room."
BRIGHT = "A white teapot stands on a bright shelf beside a window."
STEPS = 200


def lessons() -> list[tuple[Image.Image, str, str]]:
    """Picture, prompt, and what to answer."""
    used = prompts.load("default")
    assert used.subject
    assert used.absent
    things = ("owl", "bicycle", "hot-air balloon", "piano")
    made = []
    for shade, caption, name in ((20, DARK, "a kettle"), (235, BRIGHT, "a teapot")):
        picture = Image.new("RGB", (32, 32), (shade, shade, shade))
        made.append((picture, used.caption.text, caption))
        made.append((picture, used.subject.text, name))
        made += [(picture, facts.ask_after(used.absent.text, one), "No") for one in things]
    return made


@cache
def checkpoint() -> Path:
    """Its folder; made once per process, in about five seconds. Read it, never write it."""
    import torch

    folder = Path(mkdtemp(prefix="taught-"))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        texts = [text for _, prompt, answer in lessons() for text in (prompt, answer)]
        processor, config = tiny.llava(texts)
        model = _taught(processor, config)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _taught(processor: Any, config: Any) -> Any:
    import torch
    from transformers import AutoModelForImageTextToText

    model = AutoModelForImageTextToText.from_config(config)
    batch = _batch(processor)
    optimiser = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(STEPS):
        loss = model(**batch).loss
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        if float(loss.detach()) < 0.02:
            break
    return model


def _batch(processor: Any) -> dict[str, Any]:
    """All lessons as one padded batch; only the answers count."""
    processor.tokenizer.padding_side = "right"
    asked, whole = [], []
    for picture, prompt, answer in lessons():
        content = [{"type": "image", "image": picture}, {"type": "text", "text": prompt}]
        text = processor.apply_chat_template(
            [{"role": "user", "content": content}], add_generation_prompt=True
        )
        asked.append(text)
        whole.append(f"{text}{answer}</s>")
    pictures = [picture for picture, _, _ in lessons()]
    inputs = processor(images=pictures, text=whole, padding=True, return_tensors="pt")
    lengths = processor(images=pictures, text=asked, padding=True, return_tensors="pt")
    labels = inputs["input_ids"].clone()
    labels[inputs["attention_mask"] == 0] = -100
    for row, length in enumerate(lengths["attention_mask"].sum(1).tolist()):
        labels[row, :length] = -100
    return {**inputs, "labels": labels}
