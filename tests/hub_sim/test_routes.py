import urllib.error
import urllib.request
from pathlib import Path

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import RepositoryNotFoundError

from vsfa_data.hub_sim.routes import ROUTES
from vsfa_data.hub_sim.server import Running


def test_every_call_has_a_name_of_its_own() -> None:
    names = [name for *_, name in ROUTES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("kind", ["model", "dataset", "space"])
def test_all_kinds_of_repositories(hub: Running, api: HfApi, new_id: str, kind: str) -> None:
    api.create_repo(new_id, repo_type=kind, space_sdk="static" if kind == "space" else None)
    api.create_branch(new_id, repo_type=kind, branch="a/b")
    api.upload_file(
        path_or_fileobj=b"PAR1",
        path_in_repo="c d/é%2F.zip",
        repo_id=new_id,
        repo_type=kind,
        revision="a/b",
    )
    path = api.hf_hub_download(new_id, "c d/é%2F.zip", repo_type=kind, revision="a/b")
    assert Path(path).read_bytes() == b"PAR1"


def test_a_repository_without_a_namespace_is_not_found(hub: Running, api: HfApi) -> None:
    with pytest.raises(RepositoryNotFoundError):
        api.model_info("gpt2")


def test_addresses_that_nobody_answers(hub: Running) -> None:
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(f"{hub.url}/api/nothing/of/this")
    assert raised.value.code == 401
