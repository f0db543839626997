"""The real client against a loopback server that is just enough of a Hub for one repository."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from vsfa_data.errors import UserError
from vsfa_data.train.hub import find

SHA = "0123456789abcdef0123456789abcdef01234567"
FILES = {"config.json": b"{}", "weights.safetensors": b"w" * 50_000, "code.py": b"evil"}


class Hub(BaseHTTPRequestHandler):
    """Knows name/model at v1.0.0; `broken` sends half of each large file."""

    broken = False

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path.startswith("/api/models/name/gated"):
            self._refuse(403, "GatedRepo")
        elif not path.removeprefix("/api/models").startswith("/name/model"):
            self._refuse(404, "RepoNotFound")
        elif path.endswith(("/revision/v1.0.0", "/revision/main", f"/revision/{SHA}")):
            siblings = [{"rfilename": name} for name in FILES]
            self._answer(json.dumps({"id": "name/model", "sha": SHA, "siblings": siblings}))
        elif path.endswith("/refs"):
            tag = {"name": "v1.0.0", "ref": "refs/tags/v1.0.0", "targetCommit": SHA}
            self._answer(json.dumps({"branches": [], "converts": [], "tags": [tag]}))
        elif "/tree/" in path:
            listed = [
                {"type": "file", "path": n, "oid": n, "size": len(d)} for n, d in FILES.items()
            ]
            self._answer(json.dumps(listed))
        elif "/resolve/" in path and path.rsplit("/", 1)[-1] in FILES:
            self._answer(FILES[path.rsplit("/", 1)[-1]])
        else:
            self._refuse(404, "RevisionNotFound")

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, body: str | bytes) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.send_response(200)
        self.send_header("X-Repo-Commit", SHA)
        self.send_header("ETag", f'"{len(data)}"')
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data[: len(data) // 2] if self.broken and len(data) > 999 else data)

    def _refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def server() -> Iterator[type[Hub]]:
    class Own(Hub):
        address = ""

    with ThreadingHTTPServer(("127.0.0.1", 0), Own) as httpd:
        Own.address = f"http://127.0.0.1:{httpd.server_port}"
        thread = threading.Thread(target=httpd.serve_forever, daemon=True)
        thread.start()
        yield Own
        httpd.shutdown()


FIND = (
    "import sys\nfrom vsfa_data.errors import UserError\nfrom vsfa_data.train.hub import find\n"
    "try: print(*vars(find(sys.argv[1], 'model', ('*.json', '*.safetensors'))).values(), sep='|')\n"
    "except UserError as error: print('error:', error)\n"
)


def asked(given: str, home: Path, address: str, **env: str) -> str:
    """What a fresh process finds: the client reads its environment once."""
    import os

    settings = {"HF_HOME": str(home), "HF_ENDPOINT": address, "HF_HUB_DISABLE_XET": "1"}
    done = subprocess.run(
        [sys.executable, "-c", FIND, given],
        capture_output=True,
        text=True,
        env=os.environ | settings | env,
    )
    assert done.returncode == 0, done.stderr
    assert "Error while downloading" not in done.stderr  # the client's own, for each attempt
    return done.stdout.strip()


def test_a_tag_is_pinned_and_found_again_offline(server: type[Hub], tmp_path: Path) -> None:
    path, repo, revision = asked("name/model@v1.0.0", tmp_path, server.address).split("|")
    assert (repo, revision) == ("name/model", SHA)
    assert sorted(file.name for file in Path(path).iterdir()) == [
        "config.json",
        "weights.safetensors",
    ]
    offline = asked("name/model@v1.0.0", tmp_path, server.address, HF_HUB_OFFLINE="1")
    assert offline == f"{path}|name/model|{SHA}"
    # The folder itself is known for what it is.
    assert asked(path, tmp_path, server.address) == f"{path}|name/model|{SHA}"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            "name/other",
            "error: no model 'name/other': there is no such folder on this machine, and no such re",
        ),
        ("name/model@v9", "error: model name/model has no version 'v9'. Its tags: v1.0.0"),
        ("name/gated", "error: model name/gated: access must be asked for"),
    ],
)
def test_what_the_hub_does_not_give(
    server: type[Hub], tmp_path: Path, given: str, said: str
) -> None:
    assert asked(given, tmp_path, server.address).startswith(said)


def test_an_interrupted_download_goes_on_later(server: type[Hub], tmp_path: Path) -> None:
    server.broken = True
    said = asked("name/model", tmp_path, server.address)
    assert said.startswith("error: model name/model could not be downloaded")
    assert said.endswith("run the same command again: what has arrived is kept")
    server.broken = False
    path = asked("name/model", tmp_path, server.address).split("|")[0]
    assert (Path(path) / "weights.safetensors").read_bytes() == FILES["weights.safetensors"]


def test_offline_without_a_download(tmp_path: Path) -> None:
    said = asked("name/model", tmp_path, "http://127.0.0.1:9", HF_HUB_OFFLINE="1")
    assert said.startswith("error: no model 'name/model': there is no such folder on this machine")
    assert "the Hub cannot be asked for a repository of that name (" in said
    assert "HF_HUB_OFFLINE" in said


@pytest.mark.parametrize("given", ["", "nowhere", "/no/such/folder", "a/b/c", "a/b@"])
def test_what_is_neither_a_folder_nor_an_id(given: str) -> None:
    with pytest.raises(UserError, match=r"it is no folder on this machine, nor a Hub id"):
        find(given, "dataset", ())


def test_a_mistyped_folder_is_told_for_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out" / "quickstart").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    said = asked("out/quikstart", tmp_path, "http://127.0.0.1:9")
    assert said.startswith("error: no model 'out/quikstart': there is no such folder on this")
    assert "Connection refused" in said
    assert said.endswith("run the same command again. Or is it out/quickstart?")
    with pytest.raises(UserError, match=r"no adapter '\./out/quick'.*Or is it out/quickstart\?$"):
        find("./out/quick", "model", (), what="adapter")
    with pytest.raises(UserError, match=r"Or is it out/quickstart\?$"):
        find("./uot/quickstart", "model", ())


def test_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    place = find(str(tmp_path), "dataset", ())
    assert (place.path, place.id, place.revision) == (tmp_path, None, None)
