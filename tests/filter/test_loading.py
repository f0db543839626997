"""Failures of loading in one line."""

from __future__ import annotations

import pickle

from safetensors import SafetensorError

from vsfa_data.filter import loading


def test_a_pickle_is_refused_and_others_are_quoted_in_one_line() -> None:
    assert loading.said(pickle.UnpicklingError("x")).startswith("is refused: it is no plain file")
    assert loading.said(
        RuntimeError("Cannot use ``weights_only=True`` with TorchScript")
    ).startswith("is refused")
    said = loading.said(ValueError("two\nlines " + "x" * 999))
    assert said.startswith("cannot be loaded (ValueError: two lines xxx")
    assert len(said) < 250


def test_what_libraries_raise_is_known() -> None:
    assert {SafetensorError, KeyError.__base__, OSError} <= set(loading.failures())
