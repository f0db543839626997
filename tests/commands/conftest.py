"""The runs that tests/train makes."""

from __future__ import annotations

from tests.release.conftest import pristine
from tests.train.conftest import checkpoints, make_settings, trained

__all__ = ["checkpoints", "make_settings", "pristine", "trained"]
