"""Lists that come in pages: the files of a revision, its history."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from vsfa_data.hub_sim import access
from vsfa_data.hub_sim.answers import RefusedError, no_entry
from vsfa_data.hub_sim.git import Entry
from vsfa_data.hub_sim.storage import Repo


async def tree(request: web.Request) -> web.Response:
    """GET /api/T/id/tree/rev[/path]?recursive=&expand=&cursor=: a page, and where the next is."""
    found, revision = access.visible(request), request.match_info["revision"]
    commit, folder = (
        access.commit_of(found, revision),
        request.match_info.get("path", "").strip("/"),
    )
    entries = found.git.tree(commit)
    inside = f"{folder}/" if folder else ""
    if folder and (folder not in entries or not entries[folder].is_folder):
        raise no_entry(folder, commit)
    deep = _said(request.query.get("recursive"))
    listed = [
        entry
        for path, entry in entries.items()
        if path.startswith(inside) and (deep or "/" not in path.removeprefix(inside))
    ]
    expand = _said(request.query.get("expand"))
    start, size = _cursor(request), access.hub(request).page
    headers = {"X-Repo-Commit": commit}
    if start + size < len(listed):
        following = request.url.update_query(cursor=str(start + size))
        headers["Link"] = f'<{following}>; rel="next"'
    shown = [_item(found, commit, entry, expand=expand) for entry in listed[start : start + size]]
    return web.json_response(shown, headers=headers)


async def paths_info(request: web.Request) -> web.Response:
    """POST /api/T/id/paths-info/rev, form-encoded `paths`: what is not there is left out."""
    found = access.visible(request)
    commit = access.commit_of(found, request.match_info["revision"])
    sent = await request.post()
    entries = found.git.tree(commit)
    wanted = [str(path).strip("/") for path in sent.getall("paths", [])]
    known = [entries[path] for path in wanted if path in entries]
    expand = _said(sent.get("expand"))
    return web.json_response([_item(found, commit, entry, expand=expand) for entry in known])


async def commits(request: web.Request) -> web.Response:
    """GET /api/T/id/commits/rev."""
    found = access.visible(request)
    commit = access.commit_of(found, request.match_info["revision"])
    start, size = _cursor(request), access.hub(request).page
    history = found.git.log(commit)
    headers = {"X-Total-Count": str(len(history))}
    if start + size < len(history):
        following = request.url.update_query(cursor=str(start + size))
        headers["Link"] = f'<{following}>; rel="next"'
    answer = [
        {
            "id": one.oid,
            "title": one.title,
            "message": one.message,
            "date": one.date,
            "authors": [{"user": one.author}],
        }
        for one in history[start : start + size]
    ]
    return web.json_response(answer, headers=headers)


def _cursor(request: web.Request) -> int:
    cursor = request.query.get("cursor", "0")
    if not cursor.isdecimal():
        raise RefusedError(400, "Invalid cursor")
    return int(cursor)


def _said(value: object) -> bool:
    """Whether a flag of a query or form is set."""
    return str(value).lower() in ("true", "1")


def _item(found: Repo, commit: str, entry: Entry, *, expand: bool) -> dict[str, Any]:
    """A file or folder as tree and paths-info list it."""
    kind = "directory" if entry.is_folder else "file"
    item: dict[str, Any] = {
        "type": kind,
        "path": entry.path,
        "oid": entry.oid,
        "size": entry.size,
    }
    if entry.lfs:
        item["lfs"] = {
            "oid": entry.lfs.sha256,
            "size": entry.lfs.size,
            "pointerSize": entry.lfs.pointer_size,
        }
    if expand:
        last = found.git.log(commit, entry.path, limit=1)[0]
        item["lastCommit"] = {"id": last.oid, "title": last.title, "date": last.date}
    return item
