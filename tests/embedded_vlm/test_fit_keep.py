from __future__ import annotations

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from tests.embedded_vlm.conftest import TEXT
from vsfa_data.embedded_vlm.fit_keep import LENGTH, Keep, departure, own_texts
from vsfa_data.embedded_vlm.fit_train import tune


def test_it_is_held_to_texts_of_its_own() -> None:
    torch.manual_seed(0)
    language = LlamaForCausalLM(LlamaConfig(**TEXT, initializer_range=0.3)).eval()
    language.requires_grad_(requires_grad=False)
    texts = own_texts(language, [(0,), (1, 5)], 2, seed=3)
    assert texts.shape == (4, LENGTH)
    assert texts[2:, :2].tolist() == [[1, 5]] * 2
    assert torch.equal(texts, own_texts(language, [(0,), (1, 5)], 2, seed=3))
    pairs = tune(language, 2)
    each = [*pairs.values()]
    assert departure(language, each, texts) == 0
    for pair in each:
        torch.nn.init.normal_(pair.b)
    apart = departure(language, each, texts)
    apart.backward()
    assert apart > 0.01
    assert all(pair.on and pair.a.grad is not None for pair in each)
    for pair in each:
        pair.b.data.zero_()
    assert departure(language, each, texts) == 0


def test_every_other_time_the_first_token_is_left_out() -> None:
    texts = torch.arange(5)[:, None] * 10 + torch.arange(4)
    drawn = Keep(texts, 1.0, 2).batches(seed=0)
    found = [next(drawn) for _ in range(4)]
    assert [part.shape for part in found] == [(2, 4), (2, 3), (2, 4), (2, 3)]
    assert len({int(row[-1]) for part in found[:2] for row in part}) == 4
