"""Handing out files: `resolve`, whole or a range of bytes."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, Final

from aiohttp import web

from vsfa_data.hub_sim import access
from vsfa_data.hub_sim.answers import no_entry
from vsfa_data.hub_sim.faults import TRUNCATED, die
from vsfa_data.hub_sim.git import Entry
from vsfa_data.hub_sim.storage import Repo

_PIECE_BYTES: Final = 2**20


async def resolve(request: web.Request) -> web.StreamResponse:
    """HEAD, GET /[datasets/]id/resolve/rev/path."""
    found = access.readable(request)
    commit = access.commit_of(found, request.match_info["revision"])
    path = request.match_info["path"]
    entry = found.git.tree(commit).get(path)
    if entry is None or entry.is_folder:
        raise no_entry(path, commit)
    part = _range(request, entry.size)
    headers = {
        "X-Repo-Commit": commit,
        "ETag": f'"{entry.lfs.sha256 if entry.lfs else entry.oid}"',
        "Accept-Ranges": "bytes",
        "Content-Type": "application/octet-stream",
        "Content-Disposition": "inline",
    }
    if entry.lfs:
        headers["X-Linked-Etag"] = f'"{entry.lfs.sha256}"'
        headers["X-Linked-Size"] = str(entry.size)
    if part is None:
        headers["Content-Range"] = f"bytes */{entry.size}"
        return web.Response(status=416, headers=headers)
    whole = len(part) == entry.size and "Range" not in request.headers
    if not whole:
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{entry.size}"
    headers["Content-Length"] = str(len(part))
    response = web.StreamResponse(status=200 if whole else 206, headers=headers)
    await response.prepare(request)
    if request.method == "GET":
        await _send(request, response, _open(found, entry), part)
    await response.write_eof()
    return response


async def _send(
    request: web.Request, response: web.StreamResponse, file: BinaryIO, part: range
) -> None:
    with file:
        for piece in _pieces(file, part):
            if request.get(TRUNCATED):
                await response.write(piece[: len(piece) // 2])
                die(request)
            await response.write(piece)


def _pieces(file: BinaryIO, part: range) -> Iterator[bytes]:
    file.seek(part.start)
    left = len(part)
    while left and (piece := file.read(min(left, _PIECE_BYTES))):
        left -= len(piece)
        yield piece


def _open(found: Repo, entry: Entry) -> BinaryIO:
    if entry.lfs:
        return found.large_file(entry.lfs.sha256).open("rb")
    return BytesIO(found.git.blob(entry.oid))


def _range(request: web.Request, size: int) -> range | None:
    """The bytes that are asked for; None if the file has none of them."""
    try:
        asked = request.http_range
    except ValueError:
        return range(size)
    start, stop, _ = asked.indices(size)
    if "Range" in request.headers and start >= stop:
        return None
    return range(start, stop)
