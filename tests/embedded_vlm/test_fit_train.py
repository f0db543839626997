from __future__ import annotations

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from benchmarks.vlm import tokenizer
from tests.embedded_vlm.conftest import TEXT
from vsfa_data.embedded_vlm import fit_start, projector_file
from vsfa_data.embedded_vlm.concepts import concepts
from vsfa_data.embedded_vlm.fit_data import Data
from vsfa_data.embedded_vlm.fit_train import Plan, fit, mean_loss, projector_of
from vsfa_data.embedded_vlm.lessons import Teacher


def test_training_teaches_and_the_pairs_do_what_they_did(data: Data) -> None:
    torch.manual_seed(0)
    config = LlamaConfig(**TEXT, initializer_range=0.3)
    language = LlamaForCausalLM(config).eval()
    untouched = {name: value.clone() for name, value in language.state_dict().items()}
    words = tokenizer(("<unk>", "<|im_start|>", "<|im_end|>"), eos="<|im_end|>", pad="<unk>")
    said = Teacher(concepts()).rules
    table = language.get_input_embeddings().weight.detach()
    start = fit_start.tensors(concepts(), said["words"], " a", words, table)
    rows = np.arange(64)
    with torch.no_grad():
        before = float(mean_loss(language, projector_of(start), data, rows))
    plan = Plan(seconds=600, rank=2, batch=16, max_steps=60, table_rate=3e-2, rate=1e-2)
    made = fit(language, start, data, plan, lambda _: None)
    tables = {name: made[name] for name in start}
    with torch.no_grad():
        after = float(mean_loss(language, projector_of(tables), data, rows))
    assert after < 0.7 * before
    # Put into an untouched language model, the pairs make it compute what the trained one does.
    fresh = LlamaForCausalLM(config).eval()
    fresh.load_state_dict(untouched)
    projector_file.tune(fresh, made)
    assert not [name for name in made if name.startswith(projector_file.TUNED)]
    ids = torch.arange(20)[None]
    with torch.no_grad():
        torch.testing.assert_close(fresh(ids).logits, language(ids).logits, rtol=1e-4, atol=1e-5)
    assert not torch.equal(made["names"], start["names"])
    assert torch.equal(made["members"], start["members"])
