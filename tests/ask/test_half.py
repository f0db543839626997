"""Half precision is near single precision, and no verdict is another with it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from benchmarks import neutrality as measure
from vsfa_data.ask import half, meaning


def test_a_sum_is_nearer_than_the_bound_and_the_verdicts_are_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = [text for held in (True, False) for text in measure.labelled(held_out=held).texts]
    texts += [f"A tool of kind {n} lies on {n + 2} tables beside a wall." for n in range(150)]
    exact = meaning._excesses(meaning.embedded.text_model().encode_together(texts))
    found = half.encode(texts)
    assert np.allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-5)
    # A quarter of the bound: on other sentences the difference may be larger.
    assert np.abs(meaning._excesses(found) - exact).max() < half.ERROR / 4
    monkeypatch.setattr(half, "is_native", lambda: True)
    monkeypatch.setattr(half, "encode", lambda _: found)
    assert list(meaning._read(texts).values()) == [by > 0.0 for by in exact]


def test_what_half_precision_cannot_tell_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = {"It is near to it.": -0.01, "It is no number.": 3.0, "It is far off.": 3.0}
    vectors = {"It is near to it.": 0.09, "It is no number.": float("nan"), "It is far off.": -0.11}
    monkeypatch.setattr(half, "is_native", lambda: True)
    monkeypatch.setattr(half, "encode", lambda texts: [vectors[one] for one in texts])
    monkeypatch.setattr(meaning, "_excesses", np.array)
    again: list[str] = []

    def read(texts: list[str]) -> dict[str, bool]:
        again.extend(texts)
        return {one: exact[one] > 0.0 for one in texts}

    monkeypatch.setattr(meaning, "_read_exactly", read)
    assert list(meaning._read(list(vectors)).values()) == [False, True, False]
    assert again == ["It is near to it.", "It is no number."]


@pytest.mark.parametrize(
    ("told", "native"),
    [
        ({"avx512_bf16": True, "amx_bf16": False}, True),
        ({"avx512_bf16": False, "amx_bf16": True}, True),
        ({"avx512_bf16": False, "avx512_f": True}, False),
        ({"bf16": True}, False),
        (None, False),
    ],
)
def test_it_is_used_only_where_the_processor_has_it(
    told: dict[str, bool] | None, *, native: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpu = SimpleNamespace(get_capabilities=lambda: told) if told else SimpleNamespace()
    monkeypatch.setattr(torch, "cpu", cpu)
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)
    half.is_native.cache_clear()
    try:
        assert half.is_native() is native
    finally:
        half.is_native.cache_clear()
