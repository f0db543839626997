from __future__ import annotations

import urllib.error
import urllib.request

import pytest
from huggingface_hub import CommitOperationAdd, HfApi, HfFileSystem

from tests.local_hub import WRITE
from vsfa_data.hub_sim.server import Running

DATA = bytes(range(256)) * 8192  # two megabytes: more than one piece
CASES = [
    (None, 200, DATA),
    ("bytes=0-9", 206, DATA[:10]),
    ("bytes=1048570-1048585", 206, DATA[1048570:1048586]),
    ("bytes=2097000-", 206, DATA[2097000:]),
    ("bytes=-5", 206, DATA[-5:]),
    ("bytes=2097150-9999999", 206, DATA[-2:]),
    ("bytes=9999999-", 416, None),
]


@pytest.fixture
def filled(api: HfApi, repo_id: str) -> str:
    operations = [CommitOperationAdd(path, DATA) for path in ("a b/x.parquet", "y.txt")]
    api.create_commit(repo_id, operations, commit_message="Fill", repo_type="dataset")
    return repo_id


@pytest.mark.parametrize("path", ["a%20b/x.parquet", "y.txt"])
@pytest.mark.parametrize(("asked", "status", "wanted"), CASES)
def test_whole_and_in_parts(
    hub: Running, filled: str, path: str, asked: str | None, status: int, wanted: bytes | None
) -> None:
    url = f"{hub.url}/datasets/{filled}/resolve/main/{path}"
    request = urllib.request.Request(url, headers={"Range": asked} if asked else {})
    if wanted is None:
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(request)
        assert raised.value.code == status
        assert raised.value.headers["Content-Range"] == f"bytes */{len(DATA)}"
        return
    with urllib.request.urlopen(request) as answer:
        assert (answer.status, answer.read()) == (status, wanted)
        if asked:
            assert answer.headers["Content-Range"].endswith(f"/{len(DATA)}")


def test_what_the_client_needs_to_know_of_a_file(hub: Running, api: HfApi, filled: str) -> None:
    for path in ("a b/x.parquet", "y.txt"):
        found = api.get_hf_file_metadata(
            url=f"{hub.url}/datasets/{filled}/resolve/main/{path}", token=WRITE
        )
        assert found.size == len(DATA)
        assert found.commit_hash == api.dataset_info(filled).sha
        entry = api.get_paths_info(filled, [path], repo_type="dataset")[0]
        assert found.etag == (entry.lfs.sha256 if entry.lfs else entry.blob_id)


def test_through_the_clients_file_system(hub: Running, filled: str) -> None:
    files = HfFileSystem(endpoint=hub.url, token=WRITE, skip_instance_cache=True)
    with files.open(f"datasets/{filled}/a b/x.parquet", block_size=1000) as file:
        file.seek(1_500_000)
        assert file.read(100) == DATA[1_500_000:1_500_100]
    assert sorted(files.glob(f"datasets/{filled}/**/*.parquet")) == [
        f"datasets/{filled}/a b/x.parquet"
    ]
