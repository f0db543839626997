"""A Hugging Face Hub on 127.0.0.1 with one model repository, for the real client to ask."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

COMMIT = "1234567890abcdef1234567890abcdef12345678"
REPO = "org/clip"


class _Handler(BaseHTTPRequestHandler):
    files: Mapping[str, bytes]
    asked: list[str]
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.split("?", maxsplit=1)[0]
        self.asked.append(path)
        if path == "/":
            self._send(200, b"")
        elif path.startswith((f"/api/models/{REPO}/revision/", f"/api/models/{REPO}/tree/")):
            self._send(200, json.dumps(self._listing(path)).encode())
        elif path.startswith(f"/{REPO}/resolve/") and (name := path.split("/")[-1]) in self.files:
            self._send(200, self.files[name])
        else:
            self._send(404, b"", {"X-Error-Code": "RepoNotFound"})

    def _listing(self, path: str) -> object:
        if "/tree/" in path:
            return [
                {"type": "file", "path": name, "oid": sha256(data).hexdigest(), "size": len(data)}
                for name, data in self.files.items()
            ]
        siblings = [{"rfilename": name} for name in self.files]
        return {"id": REPO, "sha": COMMIT, "siblings": siblings, "private": False, "tags": []}

    def _send(self, code: int, data: bytes, more: Mapping[str, str] | None = None) -> None:
        self.send_response(code)
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{sha256(data).hexdigest()}"', **(more or {})}
        for key, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


def point_to(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What HF_ENDPOINT does, for a client that has been imported already."""
    constants = "huggingface_hub.constants."
    monkeypatch.setattr(constants + "ENDPOINT", address)
    template = address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants + "HUGGINGFACE_CO_URL_TEMPLATE", template)


@contextmanager
def serving(files: Mapping[str, bytes]) -> Iterator[tuple[str, list[str]]]:
    """Address of a Hub whose repository holds `files`, and the paths that it is asked for."""
    asked: list[str] = []
    handler = type("Handler", (_Handler,), {"files": files, "asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
