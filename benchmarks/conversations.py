"""Conversations about noise, for benchmarks of training: what they say is of no account."""

from __future__ import annotations

import random
from io import BytesIO

from benchmarks import vlm
from vsfa_data.train.conversation import Conversation


def conversation(seed: int, *, noise_px: int, side_px: int) -> Conversation:
    """A noisy JPEG and six questions with answers, some 300 tokens with the toy tokenizer."""
    from PIL import Image

    draw = random.Random(seed)  # noqa: S311  # no secret: the same pictures each time
    noise = Image.frombytes("L", (noise_px, noise_px), draw.randbytes(noise_px * noise_px))
    out = BytesIO()
    noise.resize((side_px, side_px)).convert("RGB").save(out, "JPEG", quality=90)
    words = " ".join(vlm.CORPUS).split()
    messages = [
        {"role": role, "content": " ".join(draw.choices(words, k=length))}
        for _ in range(6)
        for role, length in (("user", 8), ("assistant", 14))
    ]
    return Conversation(str(seed), out.getvalue(), tuple(messages))
