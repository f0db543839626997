"""Two shards in, two out: partners that lie in different shards are dealt with together."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.ask import invented
from tests.ask.test_stage import _grounded, _recipe, _selected
from vsfa_data import tables
from vsfa_data.ask.balance import BalanceStage
from vsfa_data.ask.stage import AskStage
from vsfa_data.stages import Shard


@pytest.mark.parametrize("split", [1, 7, 12])
def test_shards_do_not_matter(make_shard: Callable[..., Shard], split: int) -> None:
    rows = invented.images(24)
    ids = [row["image_id"] for row in rows]
    pairs = dict(zip(ids[:12], ids[12:], strict=True))
    asking = AskStage(_recipe())
    asking.open()

    def conversations(*parts: list[dict[str, object]]) -> tuple[list[object], int]:
        shards = []
        for at, part in enumerate(parts):
            selection = _selected(part, pairs)
            captions = make_shard(
                at,
                captions=tables.CAPTIONS.build(part),
                grounded=_grounded(part),
                selection=selection,
            )
            asked = asking.process(captions).rows
            shards.append(make_shard(10 + at, asked=asked, selection=selection))
        outputs = list(BalanceStage(_recipe()).process(shards))
        assert len(outputs) == len(parts)
        assert all(o.counted == o.rows.num_rows + o.rejects.num_rows for o in outputs)
        made = [row for output in outputs for row in output.rows.to_pylist()]
        return made, sum(output.counted for output in outputs)

    assert conversations(rows) == conversations(rows[:split], rows[split:])


def test_a_partner_without_a_caption_is_done_without(make_shard: Callable[..., Shard]) -> None:
    (row,) = invented.images(1)
    selection = _selected([row], {row["image_id"]: "0" * 64})
    asking = AskStage(_recipe())
    asking.open()
    captions = make_shard(
        0,
        captions=tables.CAPTIONS.build([row]),
        grounded=_grounded([row]),
        selection=selection,
    )
    shard = make_shard(1, asked=asking.process(captions).rows, selection=selection)
    (output,) = BalanceStage(_recipe()).process([shard])
    assert output.rows.num_rows == 6
    assert set(output.rejects["reason"].to_pylist()) == {"over_budget"}
