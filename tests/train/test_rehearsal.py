from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.train import tiny
from tests.train.watching import Remembering
from vsfa_data.errors import UserError
from vsfa_data.train.conversation import Conversation
from vsfa_data.train.rehearsal import rehearse
from vsfa_data.train.run import Trained
from vsfa_data.train.settings import Settings


@pytest.mark.parametrize("name", tiny.MODELS)
def test_a_conversation_is_shown_as_the_model_reads_it(
    name: str, make_settings: Callable[..., Settings], conversations: list[Conversation]
) -> None:
    found = rehearse(make_settings(name, max_image_px=128))
    text = "".join(part for part, _ in found.shown)
    assert f"{tiny.PICTURE_TOKENS[name]} x " in text
    answers = [part for part, scored in found.shown if scored]
    told = [
        [turn["content"] for turn in one.messages if turn["role"] == "assistant"]
        for one in conversations
    ]
    assert any(
        all(answer in part for answer, part in zip(one, answers, strict=True)) for one in told
    )


def test_it_foretells_the_run_and_writes_nothing(
    make_settings: Callable[..., Settings],
    trained: Trained,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    watcher = Remembering()
    found = rehearse(make_settings(), watcher)
    # Each part that takes a while is told before it begins.
    assert [told.split()[0] for told in watcher.done] == ["load", "try"]
    record = trained.record
    assert found.outline.steps == record["hyperparameters"]["steps"]
    assert found.outline.tokens == record["tokens"]["seen"]
    assert found.outline.answer_tokens == record["tokens"]["answers"]
    assert found.conversations == record["dataset"]["train"]["conversations"]
    assert found.loss == pytest.approx(record["losses"]["train"]["first"], abs=0.1)
    assert found.peak_bytes > 50 * 2**20
    learning = found.time.seconds - found.time.evaluations
    assert learning == pytest.approx(found.time.seconds_per_step * found.outline.steps)
    assert (found.time.evaluations > 0, found.runs) == (True, 1)
    arms = rehearse(make_settings(), arms=["threat", "control"], seeds=[5, 6])
    assert arms.runs == 4
    assert arms.budget is not None
    assert arms.budget["arms"]["threat"]["tokens"] == arms.outline.tokens
    assert (found.budget, list(tmp_path.iterdir())) == (None, [])
    with pytest.raises(UserError, match=r"has no config 'thread'. Choose one with --arms"):
        rehearse(make_settings(), arms=["thread"])
