from __future__ import annotations

import copy

import torch

from vsfa_data import embedded
from vsfa_data.filter.drawings import branch
from vsfa_data.filter.drawings.fit_net import Student


def test_what_is_written_computes_what_was_trained() -> None:
    torch.manual_seed(0)
    student = Student().train(mode=False)
    with torch.no_grad():  # as if trained
        for one in student.late.parameters():
            one.mul_(1 + 0.05 * torch.randn(one.shape))
    seen = torch.randn(1, 3, embedded.SIDE_PX, embedded.SIDE_PX)
    with torch.inference_mode():
        features, untouched = student(seen)
        wanted = student.vectors(features)
        made = copy.deepcopy(branch.load())
        weights = student.weights()
        for name, part in (("layers", made.layers), ("to_text", made.to_text)):
            start = f"{name}."
            part.load_state_dict(
                {k.removeprefix(start): v for k, v in weights.items() if k.startswith(start)}
            )
        early = embedded.classifier().compute(seen)[2]
        found = made.compute(early)
    torch.testing.assert_close(found, wanted, rtol=0.02, atol=0.02 * float(wanted.abs().max()))
    assert not torch.allclose(features, untouched, atol=1e-3)
    trained = {name for name, one in student.named_parameters() if one.requires_grad}
    assert {name.split(".")[0] for name in trained} == {"late", "to_text"}
