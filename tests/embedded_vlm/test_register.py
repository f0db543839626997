from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from vsfa_data.train import base, lora, presets

# As a program would that knows transformers alone, but for one line.
FRESH = """
import sys
import torch
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor
from vsfa_data.embedded_vlm.register import register

register()
folder, out = sys.argv[1:]
processor = AutoProcessor.from_pretrained(folder)
model = AutoModelForImageTextToText.from_pretrained(folder).train()
content = [{"type": "image", "image": Image.new("RGB", (40, 30), "red")},
           {"type": "text", "text": "What is it?"}]
batch = processor.apply_chat_template([{"role": "user", "content": content}], tokenize=True,
                                      return_dict=True, return_tensors="pt")
with torch.no_grad():
    torch.save((batch["input_ids"], model(**batch).logits), out)
"""


def test_a_fresh_process_loads_it_and_computes_the_same(
    tiny_embedded: Path, tmp_path: Path
) -> None:
    out = tmp_path / "logits.pt"
    arguments = [sys.executable, "-c", FRESH, str(tiny_embedded), str(out)]
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    ids, there = torch.load(out, weights_only=True)
    model, processor = loaded(tiny_embedded)
    image = Image.new("RGB", (40, 30), "red")
    batch = processor(
        images=image,
        text=processor.decode(ids[0]).replace(20 * "<image>", "<image>"),
        return_tensors="pt",
    )
    assert torch.equal(batch["input_ids"], ids)
    with torch.no_grad():
        here = model(**batch).logits
    # It was in training mode there: the tower's statistics do not move.
    assert torch.equal(there, here)


def loaded(folder: Path) -> tuple[Any, Any]:
    found = base.locate(str(folder))
    _, preset = presets.choose(None, found.config)
    return base.load_model(found, "float32"), base.load_processor(found, preset)


def test_the_question_stands_before_the_picture(tiny_embedded: Path) -> None:
    _, processor = loaded(tiny_embedded)
    content = [{"type": "image"}, {"type": "text", "text": "What is it?"}]
    text = processor.apply_chat_template(
        [
            {"role": "user", "content": content},
            {"role": "assistant", "content": "A cat."},
            {"role": "user", "content": [{"type": "text", "text": "Sure?"}]},
        ],
        add_generation_prompt=True,
    )
    assert text == (
        "<|im_start|>user\nWhat is it?<image><|im_end|>\n<|im_start|>assistant\nA cat.<|im_end|>\n"
        "<|im_start|>user\nSure?<|im_end|>\n<|im_start|>assistant\n"
    )


def test_its_preset_means_the_language_model_alone(tiny_embedded: Path) -> None:
    found = base.locate(str(tiny_embedded))
    name, preset = presets.choose(None, found.config)
    model, _ = loaded(tiny_embedded)
    layers = lora.matching(model, preset.lora_target)
    assert name == "embedded"
    assert len(layers) == 7 * 2
    assert all(".language_model." in f".{layer}" for layer in layers)
