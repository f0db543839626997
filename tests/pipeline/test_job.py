from __future__ import annotations

from vsfa_data.pipeline.job import Built
from vsfa_data.workspace import Counts, Preparation


def test_what_was_done_of_a_stage_is_held_as_plain_data() -> None:
    built = Built()
    built.note("select", Preparation("key", "recomputed", ("seed: 0 -> 1",)), Counts(9, 4, {}))
    assert built.stages == {"select": {"status": "recomputed", "why": ["seed: 0 -> 1"], "kept": 4}}
