from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request

import pytest
from huggingface_hub import HfApi

from tests.local_hub import READ, WRITE
from vsfa_data.hub_sim.server import Running

DATA = b"content" * 1000
OID = hashlib.sha256(DATA).hexdigest()


def send(url: str, method: str, data: bytes, token: str | None = None) -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def ask(hub: Running, repo_id: str, token: str = WRITE) -> tuple[int, bytes]:
    asked = {"operation": "upload", "objects": [{"oid": OID, "size": len(DATA)}]}
    place = f"{hub.url}/datasets/{repo_id}.git/info/lfs/objects/batch"
    return send(place, "POST", json.dumps(asked).encode(), token)


def test_the_protocol_step_by_step(hub: Running, repo_id: str) -> None:
    status, said = ask(hub, repo_id)
    assert status == 200
    (one,) = json.loads(said)["objects"]
    place = one["actions"]["upload"]["href"]
    verify = one["actions"]["verify"]["href"]
    told = json.dumps({"oid": OID, "size": len(DATA)}).encode()
    assert send(verify, "POST", told, WRITE)[0] == 404
    assert send(place, "PUT", DATA[:-1] + b"!")[0] == 400
    assert send(place, "PUT", DATA[:-1])[0] == 400
    assert send(place, "PUT", DATA)[0] == 200
    assert send(verify, "POST", told, WRITE)[0] == 200
    assert "actions" not in json.loads(ask(hub, repo_id)[1])["objects"][0]


def test_only_signed_addresses_take_uploads(hub: Running, repo_id: str) -> None:
    place = json.loads(ask(hub, repo_id)[1])["objects"][0]["actions"]["upload"]["href"]
    for wrong in (
        place[:-1] + ("0" if place[-1] != "0" else "1"),
        place.replace(f"size={len(DATA)}", "size=9"),
        place.partition("?")[0],
        place.replace(OID, "0" * 64),
    ):
        assert send(wrong, "PUT", DATA)[0] == 403


def test_only_writers_get_addresses(hub: Running, repo_id: str) -> None:
    assert ask(hub, repo_id, READ)[0] == 403


@pytest.mark.parametrize("oid", ["../../../../etc/passwd", "0" * 63, 5])
def test_an_object_is_named_by_its_sha256(hub: Running, repo_id: str, oid: object) -> None:
    asked = {"operation": "upload", "objects": [{"oid": oid, "size": 1}]}
    place = f"{hub.url}/datasets/{repo_id}.git/info/lfs/objects/batch"
    assert send(place, "POST", json.dumps(asked).encode(), WRITE)[0] == 400


def test_nothing_half_is_left(hub: Running, api: HfApi, repo_id: str) -> None:
    place = json.loads(ask(hub, repo_id)[1])["objects"][0]["actions"]["upload"]["href"]
    send(place, "PUT", DATA[:100])
    repo = hub.hub.storage.find("datasets", *repo_id.split("/"))
    assert repo is not None
    assert [path for path in (repo.folder / "lfs").rglob("*") if path.is_file()] == []
