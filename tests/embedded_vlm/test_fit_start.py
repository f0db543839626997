from __future__ import annotations

import torch

from benchmarks.vlm import tokenizer
from vsfa_data.embedded_vlm import fit_start
from vsfa_data.embedded_vlm.concepts import concepts
from vsfa_data.embedded_vlm.lessons import Teacher


def test_a_name_begins_as_its_own_tokens() -> None:
    words = tokenizer(("<unk>",), eos="<unk>", pad="<unk>")
    known, table = concepts(), torch.randn(700, 8)
    made = fit_start.tensors(known, Teacher(known).rules["words"], " a", words, table)
    ids = words.encode(" volcano, volcano", add_special_tokens=False)[: fit_start.NAME_TOKENS]
    assert torch.equal(made["names"][known.names.index("volcano")], table[ids])
    # "None" says nothing.
    assert not made["names"][-1].any()
    assert not made["kinds"][-1].any()
