from __future__ import annotations

from pathlib import Path

import torch
from PIL import Image

from vsfa_data.caption.local import loading
from vsfa_data.caption.local.vlm import Generation


def test_pictures_change_what_it_says_and_batches_do_not(tiny_embedded: Path) -> None:
    asked = loading.load(tiny_embedded, loading.Placement("cpu"))
    drawn = (Image.new("L", (64, 48), 128), Image.linear_gradient("L"), Image.radial_gradient("L"))
    images = [image.convert("RGB") for image in drawn]
    long = Generation(8)
    prompts = ["What is it?"] * 3
    together = asked.generate(asked.prepare(images, prompts), long)
    alone = [asked.generate(asked.prepare([image], prompts[:1]), long)[0] for image in images]
    assert together == alone
    with torch.no_grad():
        one, two, three = asked.model(**asked.prepare(images, prompts)).logits[:, -1]
    assert not torch.allclose(one, two)
    assert not torch.allclose(two, three)
