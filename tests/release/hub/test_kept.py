from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

from tests.release import samples
from tests.release.hub import releases
from tests.release.hub.releases import Pusher
from vsfa_data.errors import UserError
from vsfa_data.recipe import SplitSection
from vsfa_data.release import licenses
from vsfa_data.release.hub import kept

HALVES = SplitSection(train=0.5, validation=0.0, test=0.5)


def pictures(partners: list[int]) -> list[samples.Picture]:
    """Threats and controls; threat n has the control `partners[n]`."""
    made = {n: samples.Picture(samples.drawn(n), "threat") for n in range(len(partners))}
    for n, number in enumerate(partners):
        control = samples.Picture(samples.drawn(100 + number), "control")
        made[n].match_id, control.match_id = control.image_id, made[n].image_id
        made[100 + number] = control
    return [made[n] for n in sorted(made)]


def test_a_version_that_moves_a_picture_is_refused_until_it_follows_the_last(
    pusher: Pusher, api: HfApi, tmp_path: Path
) -> None:
    configs = ("threat", "control")
    before, after = pictures([0, 1, 2, 3, 4, 5, 6, 7]), pictures([1, 2, 3, 4, 5, 6, 7, 0])
    first = releases.make(tmp_path / "1", "1.0.0", before, configs=configs, splits=HALVES)
    second = releases.make(tmp_path / "2", "1.1.0", after, configs=configs, splits=HALVES)
    there = dict(licenses.splits(first / licenses.NAME))
    moved = kept.moved(there, second / licenses.NAME)
    threats = {picture.image_id for picture in before if picture.config == "threat"}
    assert moved
    assert not moved.keys() & threats
    pusher.push(first)
    refs = pusher.refs()
    for wishes in ({}, {"pull_request": True}):
        with pytest.raises(UserError, match=r"would change their split.*release\.previous=last$"):
            pusher.push(second, **wishes)
    assert pusher.refs() == refs
    assert "upload" not in pusher.calls()[-5:]
    # An older toolkit's list did not say: then the rows are asked.
    for operation in (
        CommitOperationAdd(licenses.NAME, b"image_id,config\n"),
        CommitOperationDelete(licenses.NAME),
    ):
        api.create_commit(pusher.repo_id, [operation], commit_message="older", repo_type="dataset")
        with pytest.raises(UserError, match=r"would change their split"):
            pusher.push(second)
    follows = releases.make(
        tmp_path / "3", "1.1.0", after, configs=configs, splits=HALVES, previous=first
    )
    assert kept.moved(there, follows / licenses.NAME) == {}
    assert pusher.push(follows).status == "published"


def test_a_list_that_says_nothing_of_splits_is_no_obstacle(tmp_path: Path) -> None:
    for number, content in enumerate((b"image_id,config\na,threat\n", b"\xff\xfe", b"", b'"a\x00')):
        path = tmp_path / f"{number}.csv"
        path.write_bytes(content)
        assert kept.splits_in(path) == {}
