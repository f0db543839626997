from __future__ import annotations

import importlib
from pathlib import Path

from tests.engines import stages_to_run
from vsfa_data.engines.work import Work


def test_any_process_can_import_the_stage_by_its_address() -> None:
    module, name = Work(stages_to_run.Alone, {}, Path()).address
    assert getattr(importlib.import_module(module), name) is stages_to_run.Alone
