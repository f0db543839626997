"""Settings of the interpreter last as long as the block, also when it fails."""

from __future__ import annotations

import gc
import sys

import pytest

from vsfa_data.processes.interpreter import no_cycles, turns_of


def failing() -> None:
    raise RuntimeError


def test_threads_take_turns_so_often_inside_and_as_before_afterwards() -> None:
    before = sys.getswitchinterval()
    with turns_of(before / 10):
        assert sys.getswitchinterval() == pytest.approx(before / 10)
    assert sys.getswitchinterval() == before
    with pytest.raises(RuntimeError), turns_of(before / 10):
        failing()
    assert sys.getswitchinterval() == before


def test_cycles_are_not_looked_for_inside_and_as_before_afterwards() -> None:
    assert gc.isenabled()
    with no_cycles():
        assert not gc.isenabled()
        with no_cycles():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(RuntimeError), no_cycles():
        failing()
    assert gc.isenabled()
