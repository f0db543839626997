"""The captioner on a GPU, against itself on a CPU, and when memory runs out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.caption import taught
from tests.caption.made import plain
from vsfa_data.caption.captioners.transformers import TransformersCaptioner
from vsfa_data.caption.local.options import TransformersOptions
from vsfa_data.caption.prompted.replies import Reply, Request

pytestmark = pytest.mark.gpu
PICTURES = [plain(colour, (32 + at, 40)) for at in range(300) for colour in ("black", "white")]


def made(**options: Any) -> TransformersCaptioner:
    given = {"model": str(taught.checkpoint()), "max_new_tokens": 60, **options}
    captioner = TransformersCaptioner(TransformersOptions.model_validate(given))
    captioner.require()
    captioner.open()
    return captioner


def asked(captioner: TransformersCaptioner) -> list[Reply]:
    prompt = captioner.prompts.caption.text
    requests = [Request(at, one, prompt, 60) for at, one in enumerate(PICTURES)]
    left = iter(requests)
    found = {
        request.number: reply for request, reply in captioner.replies(lambda: next(left, None))
    }
    return [found[at] for at in range(len(PICTURES))]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_captions_are_those_of_a_cpu(dtype: str) -> None:
    few = PICTURES[:6]
    expected = made(device="cpu", dtype="float32").caption(few)
    captioner = made(device="auto", dtype=dtype)
    assert str(captioner.model.device).startswith("cuda")
    found = captioner.caption(few)
    if dtype == "float32":
        assert found == expected
    # In half precision what was never taught may come out otherwise.
    assert [(one.text, one.labels) for one in found] == [(one.text, one.labels) for one in expected]
    assert [one.text for one in expected] == [taught.DARK, taught.BRIGHT] * 3


def test_after_memory_ran_out_batches_are_smaller_and_every_reply_comes(
    spare_mib: Callable[[float], None],
) -> None:
    captioner = made(device="cuda", dtype="float32", batch_size=len(PICTURES))
    usual = asked(captioner)
    assert [reply.text for reply in usual[:2]] == [taught.DARK, taught.BRIGHT]
    before = captioner.budget.tokens
    for spare in (64, 32, 16, 8, 4):
        spare_mib(spare)
        assert asked(captioner) == usual
        if captioner.budget.tokens < before:
            break
    assert captioner.budget.tokens < before, "memory never ran out"
    assert asked(captioner) == usual  # the next time, with what was learnt
