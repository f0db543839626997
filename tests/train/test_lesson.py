from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.train.watching import Remembering
from vsfa_data.train.lesson import learned_from
from vsfa_data.train.settings import Settings
from vsfa_data.train.task import task


def test_alone_a_run_reads_its_own_conversations_and_shares_no_budget(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    lesson = learned_from(task(make_settings(limit=2)), {"seed": 0}, tmp_path, Remembering(), None)
    train, validation = lesson.splits
    assert (len(train.turns), lesson.facts, lesson.budget) == (2, {"seed": 0}, None)
    assert len(validation.turns) == 3, "the limit is one of what is trained on"
