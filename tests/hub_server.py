"""A Hub for models on 127.0.0.1: as much of its protocol as a download by commit needs."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "c0ffee" + "0" * 34


class Handler(BaseHTTPRequestHandler):
    """`repos` maps a name to a folder; `gated` lists names whose terms nobody accepted."""

    repos: dict[str, Path]
    gated: frozenset[str]
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        steps = [unquote(step) for step in urlsplit(self.path).path.strip("/").split("/")]
        if steps[:2] == ["api", "models"]:
            name, rest = "/".join(steps[2:4]), steps[4:]
            kind, revision = (rest[0], rest[1]) if len(rest) > 1 else ("", COMMIT)
        else:
            name, kind, revision, rest = "/".join(steps[:2]), steps[2], steps[3], steps[4:]
        if name in self.gated:
            self.refuse(403, "GatedRepo")
        elif name not in self.repos:
            self.refuse(404, "RepoNotFound")
        elif revision not in {COMMIT, "main"}:
            self.refuse(404, "RevisionNotFound")
        elif kind == "resolve":
            self.file(self.repos[name] / "/".join(rest))
        else:
            files = [_entry(file) for file in sorted(self.repos[name].iterdir())]
            listed = [{"rfilename": file["path"]} for file in files]
            self.send(files if kind == "tree" else {"id": name, "sha": COMMIT, "siblings": listed})

    def file(self, path: Path) -> None:
        if not path.is_file():
            self.refuse(404, "EntryNotFound")
            return
        self.body(path.read_bytes(), ETag=f'"{_entry(path)["oid"]}"')

    def send(self, value: Any) -> None:
        self.body(json.dumps(value).encode(), **{"Content-Type": "application/json"})

    def refuse(self, status: int, code: str) -> None:
        self.body(b"{}", status, **{"X-Error-Code": code})

    def body(self, data: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for key, value in {**headers, "X-Repo-Commit": COMMIT}.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


def _entry(file: Path) -> dict[str, Any]:
    oid = hashlib.sha1(file.read_bytes(), usedforsecurity=False).hexdigest()
    return {"type": "file", "path": file.name, "oid": oid, "size": file.stat().st_size}


@contextmanager
def serving(repos: dict[str, Path], gated: frozenset[str] = frozenset()) -> Iterator[str]:
    """Its address, while it runs."""
    handler = type("Serving", (Handler,), {"repos": repos, "gated": gated})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
