"""The order of the steps, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vsfa_data.ask.balance import BalanceStage
from vsfa_data.ask.stage import AskStage
from vsfa_data.caption.ground import GroundStage
from vsfa_data.caption.stage import CaptionStage
from vsfa_data.collect.dedupe import DedupeStage
from vsfa_data.collect.stage import CollectStage
from vsfa_data.filter.score import ScoreStage
from vsfa_data.filter.select import SelectStage
from vsfa_data.stages import Stage

STEPS: Final[Mapping[str, tuple[type[Stage], ...]]] = {
    "collect": (CollectStage, DedupeStage),
    "filter": (ScoreStage, SelectStage),
    "caption": (CaptionStage, GroundStage),
    "ask": (AskStage, BalanceStage),
    "release": (),
}
"""Step -> its stages, in order. Release joins the tables and is no table itself."""

WRITERS: Final[Mapping[str, str]] = {
    stage.writes.name: stage.name for stages in STEPS.values() for stage in stages
}
"""Table -> the stage that writes it."""
