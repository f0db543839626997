from __future__ import annotations

import pytest
from huggingface_hub import HfApi

from tests.local_hub import WRITE
from vsfa_data.commands.training_push import Pusher
from vsfa_data.errors import UserError
from vsfa_data.hub_sim.server import Running
from vsfa_data.train.run import Trained


def test_each_run_of_an_experiment_goes_to_a_repository_of_its_own(
    hub: Running,
    api: HfApi,
    new_id: str,
    trained: Trained,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("HF_TOKEN", WRITE)
    names = ["threat-seed0", "control-seed0"]
    told = Pusher(new_id, names).send([trained.path, trained.path])
    assert [one["repo_id"] for one in told] == [f"{new_id}-{name}" for name in names]
    for one in told:
        info = api.model_info(one["repo_id"])
        assert (info.sha, info.private) == (one["commit"], True)
    assert capsys.readouterr().err.count("pushed: ") == 2
    # Too long only with a run's name: told before anything is trained.
    with pytest.raises(UserError, match="at most 96 characters"):
        Pusher("team/" + "x" * 85, names)


def test_without_a_repository_nothing_is_sent(trained: Trained) -> None:
    assert Pusher(None, ()).send([trained.path]) == [{}]
