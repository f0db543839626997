from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from vsfa_data.collect.synthesis import checkpoint
from vsfa_data.errors import SetupError, UserError

COMMIT = "0123456789abcdef" * 2 + "01234567"
FILES = {
    "model_index.json": b"{}",
    "unet/config.json": b"{}",
    "unet/model.safetensors": b"weights",
    "unet/model.fp16.safetensors": b"the same in short",
    "unet/model.bin": b"pickle",
    "big-single-file.safetensors": b"the same again",
    "own.py": b"raise SystemExit",
}
READ = {"model_index.json", "unet/config.json", "unet/model.safetensors"}


def put(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def test_a_folder_is_known_by_its_name_and_its_files(tmp_path: Path) -> None:
    found = checkpoint.find(str(put(tmp_path / "tiny", FILES)), None, download=True)
    assert (found.folder, found.name) == (tmp_path / "tiny", "tiny")
    again = checkpoint.find(str(put(tmp_path / "other", FILES)), None, download=False)
    assert again.revision == found.revision
    assert len(found.revision) == 64


@pytest.mark.parametrize("name", sorted(READ))
def test_another_byte_in_a_file_that_is_read_is_another_model(tmp_path: Path, name: str) -> None:
    before = checkpoint.find(str(put(tmp_path / "a", FILES)), None, download=False)
    after = checkpoint.find(str(put(tmp_path / "b", FILES | {name: b"else"})), None, download=False)
    assert before.revision != after.revision


def test_a_changed_file_is_noticed_within_one_process(tmp_path: Path) -> None:
    folder = put(tmp_path, FILES)
    before = checkpoint.find(str(folder), None, download=False)
    put(folder, {"unet/model.safetensors": b"other weights"})
    assert checkpoint.find(str(folder), None, download=False) != before


def test_files_that_are_not_read_do_not_matter(tmp_path: Path) -> None:
    before = checkpoint.find(str(put(tmp_path / "a", FILES)), None, download=False)
    kept = {name: FILES[name] for name in READ}
    after = checkpoint.find(str(put(tmp_path / "b", kept)), None, download=False)
    assert before.revision == after.revision


@pytest.mark.parametrize(
    ("model", "revision", "message"),
    [
        ("nowhere", None, "model 'nowhere' is neither a folder here nor a name on the Hub"),
        ("../up/there", None, "model '../up/there' is neither a folder"),
        ("org/name", None, "the model org/name needs a 'revision': on the Hub branches move"),
    ],
)
def test_what_is_no_model_is_told(model: str, revision: str | None, message: str) -> None:
    with pytest.raises(UserError, match=message):
        checkpoint.find(model, revision, download=False)


def test_a_folder_has_no_revision_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"'revision' is for models on the Hub.*Leave it out"):
        checkpoint.find(str(put(tmp_path, FILES)), COMMIT, download=False)


@pytest.mark.parametrize(
    ("left", "message"),
    [
        ({"unet/model.safetensors"}, "is no pipeline of diffusers: it has no model_index.json"),
        ({"model_index.json", "unet/model.bin"}, "the weights of its unet are pickled"),
        ({"model_index.json", "unet/config.json"}, "it holds no weights"),
    ],
)
def test_an_incomplete_folder_is_told(tmp_path: Path, left: set[str], message: str) -> None:
    folder = put(tmp_path, {name: FILES[name] for name in left})
    with pytest.raises(SetupError, match=message):
        checkpoint.find(str(folder), None, download=False)


class Hub(BaseHTTPRequestHandler):
    """The few answers of the Hub that a download of one model needs."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[str]] = []

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        path, base = self.path.split("?")[0], "/api/models/org/tiny"
        status, headers, body = 404, {"X-Error-Code": "EntryNotFound"}, b"{}"
        if path.startswith("/api/models/org/gated"):
            status, headers = 403, {"X-Error-Code": "GatedRepo"}
        elif path.startswith("/api/") and not path.startswith(base):
            headers = {"X-Error-Code": "RepoNotFound"}
        elif path.startswith(base) and COMMIT not in path:
            headers = {"X-Error-Code": "RevisionNotFound"}
        elif path.startswith(f"{base}/revision/"):
            names = [{"rfilename": name} for name in FILES]
            status, body = (
                200,
                json.dumps({"id": "org/tiny", "sha": COMMIT, "siblings": names}).encode(),
            )
        elif path.startswith(f"{base}/tree/"):
            listed = [
                {"type": "file", "path": name, "oid": _oid(data), "size": len(data)}
                for name, data in FILES.items()
            ]
            status, body = 200, json.dumps(listed).encode()
        elif (name := path.removeprefix(f"/org/tiny/resolve/{COMMIT}/")) in FILES:
            Hub.asked.append(name)
            status, body = 200, FILES[name]
            headers = {"ETag": f'"{_oid(body)}"', "X-Repo-Commit": COMMIT}
        self.send_response(status)
        for key, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(key, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def _oid(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


@pytest.fixture(scope="module")
def hub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


SCRIPT = """
import sys
from vsfa_data.collect.synthesis import checkpoint
from vsfa_data.errors import UserError
for model, revision, download in {calls!r}:
    try:
        found = checkpoint.find(model, revision, download=download)
        files = (path for path in found.folder.rglob('*') if path.is_file())
        names = sorted(str(path.relative_to(found.folder)) for path in files)
        print(found.name, found.revision, names)
    except UserError as error:
        print(type(error).__name__, error)
"""


def asked_of(endpoint: str, home: Path, calls: list[tuple[str, str, bool]]) -> list[str]:
    """What `find` says, in a process of its own: the Hub's client reads its settings at import."""
    settings = {"HF_ENDPOINT": endpoint, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(calls=calls)],
        env=os.environ | settings | {"HF_HUB_DISABLE_PROGRESS_BARS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_model_of_the_hub_is_downloaded_once_and_no_more_of_it_than_is_read(
    hub: str, tmp_path: Path
) -> None:
    found = f"org/tiny {COMMIT} {sorted(READ)}"
    gone = "f" * 40
    said = asked_of(
        hub,
        tmp_path,
        [
            ("org/tiny", COMMIT, False),
            ("org/tiny", COMMIT, True),
            ("org/tiny", COMMIT, False),
            ("org/tiny", gone, True),
            ("org/gone", COMMIT, True),
            ("org/gated", COMMIT, True),
        ],
    )
    assert said[0].startswith(
        "SetupError the model org/tiny at 0123456789ab is not on this machine"
    )
    assert said[1:3] == [found, found]
    assert said[3] == f"UserError the model org/tiny has no commit {gone}"
    assert said[4].startswith("UserError there is no model 'org/gone' on the Hub")
    assert said[5].startswith("SetupError the model org/gated is gated. Accept its terms")
    assert set(Hub.asked) == READ


def test_without_a_network_what_is_here_is_used(hub: str, tmp_path: Path) -> None:
    asked_of(hub, tmp_path, [("org/tiny", COMMIT, True)])
    said = asked_of("http://127.0.0.1:9", tmp_path, [("org/tiny", COMMIT, True)])
    assert said == [f"org/tiny {COMMIT} {sorted(READ)}"]
