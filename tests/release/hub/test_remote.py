from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import HfApi

from tests.release.hub.releases import HASTY, Pusher
from vsfa_data.errors import UserError
from vsfa_data.release.hub.local import load
from vsfa_data.release.hub.names import Version
from vsfa_data.release.hub.remote import Changes, Repository


def test_a_repository_as_it_is(api: HfApi, repo_id: str) -> None:
    api.update_repo_settings(repo_id, repo_type="dataset", private=True, gated="auto")
    for name in ("v1.0.0", "v0.9.0", "latest"):
        api.create_tag(repo_id, repo_type="dataset", tag=name)
    found = Repository(api, repo_id, HASTY).look()
    assert found is not None
    assert (found.private, found.gate) == (True, "auto")
    assert found.head == api.dataset_info(repo_id).sha
    assert found.tags == {Version(1, 0, 0): found.head, Version(0, 9, 0): found.head}


def test_one_that_is_not_there(api: HfApi, new_id: str) -> None:
    repository = Repository(api, new_id, HASTY)
    assert repository.look() is None
    with pytest.raises(UserError, match="there is no such dataset"):
        repository.commit_at("main")


def test_changes_are_told_by_content(api: HfApi, pusher: Pusher, first: Path, second: Path) -> None:
    pusher.push(first)
    repository = Repository(api, pusher.repo_id, HASTY)
    assert not repository.changes(load(first), "main")
    changes = repository.changes(load(second), "v1.0.0")
    assert changes.gone == ("control/train-00000-of-00001.parquet",)
    assert set(changes.put) == {*load(second).files}
    # The same size, another content: small files by git's id, large ones by sha256.
    for name in ("LICENSES.csv", "threat/train-00000-of-00001.parquet"):
        data = bytearray((first / name).read_bytes())
        data[-1] ^= 1
        api.upload_file(
            path_or_fileobj=bytes(data),
            path_in_repo=name,
            repo_id=pusher.repo_id,
            repo_type="dataset",
        )
    assert repository.changes(load(first), "main") == Changes(
        ("LICENSES.csv", "threat/train-00000-of-00001.parquet"), ()
    )
