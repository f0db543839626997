from __future__ import annotations

import io
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


def test_rows_that_cannot_be_read_keep_nothing_and_a_network_that_fails_is_told(
    tmp_path: Path,
) -> None:
    first = releases.first(tmp_path / "release")
    name = "threat/train-00000-of-00001.parquet"
    whole = (first / name).read_bytes()
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")

    class There:
        def __init__(self, data: bytes, error: Exception | None = None) -> None:
            self.data, self.error = data, error

        def open(self, _name: str) -> io.BytesIO:
            if self.error is not None:
                raise self.error
            return io.BytesIO(self.data)

    def of(there: There) -> dict[str, str]:
        return kept._of_rows(there, [name])  # type: ignore[arg-type]

    assert set(of(There(whole)).values()) == {"train"}
    damaged = bytearray(whole)
    damaged[footer : footer + 4] = b"\xff" * 4  # which Arrow tells by an OSError
    assert of(There(bytes(damaged))) == {}
    assert of(There(whole[:-20])) == {}
    with pytest.raises(ConnectionResetError):
        of(There(whole, ConnectionResetError("reset")))
