from __future__ import annotations

import torch
from PIL import Image

from tests.caption import tiny
from vsfa_data.caption.local import loading
from vsfa_data.caption.local.vlm import Generation, VisionLanguageModel, bytes_per_token
from vsfa_data.caption.prompted.replies import Reply

RED = Image.new("RGB", (40, 40), "red")


def loaded(kind: str) -> VisionLanguageModel:
    return loading.load(tiny.checkpoint(kind), loading.Placement("cpu"))


def test_prompts_of_different_lengths_are_padded_on_the_left() -> None:
    model = loaded("llava")
    inputs = model.prepare([RED, RED], ["What?", "What is it, and where does it stand?"])
    short, long = inputs["attention_mask"].tolist()
    assert short[0] == 0
    assert short[-1] == 1
    assert 0 not in long


def test_a_reply_has_ended_if_a_token_says_so() -> None:
    model = loaded("llava")
    inputs = model.prepare([RED], ["What?"])
    (cut,) = model.generate(inputs, Generation(4))
    assert cut.finish == "length"
    tokens = model.model.generate(**inputs, max_new_tokens=4, do_sample=False)
    model._stops = [int(tokens[0, -1])]
    (whole,) = model.generate(inputs, Generation(4))
    assert whole.finish == "stop"


def test_a_checkpoint_s_own_sampling_settings_are_set_aside() -> None:
    plain, told = loaded("llava"), loaded("llava")
    told.model.generation_config.update(do_sample=True, temperature=5.0, top_k=50, top_p=0.9)
    replies = [
        model.generate(model.prepare([RED], ["What?"]), Generation(8)) for model in (plain, told)
    ]
    assert replies[0] == replies[1]


def test_without_a_token_that_ends_replies_all_are_cut_off() -> None:
    model = loaded("llava")
    model._stops = []
    replies = model.generate(model.prepare([RED], ["What?"]), Generation(2))
    assert replies == [Reply(replies[0].text, "length")]


def test_no_memory_is_freed_where_there_is_no_gpu() -> None:
    loaded("llava").free()


def test_what_a_token_takes_is_near_what_was_measured_on_a_gpu() -> None:
    from transformers import LlamaConfig, LlavaConfig

    seven = LlamaConfig(hidden_size=4096, intermediate_size=11_008, num_hidden_layers=32)
    assert bytes_per_token(LlavaConfig(text_config=seven), 2) == 655_872
    assert bytes_per_token(object(), 2) is None  # a shape that nobody foresaw
    assert loaded("llava").tokens_that_fit() is None or torch.cuda.is_available()
