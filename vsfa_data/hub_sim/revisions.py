"""Reading a repository's state: info, references, trees, paths, history."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from vsfa_data.hub_sim import access
from vsfa_data.hub_sim.answers import RefusedError, no_entry
from vsfa_data.hub_sim.git import MAIN, Entry
from vsfa_data.hub_sim.repos import front_matter
from vsfa_data.hub_sim.storage import Repo


async def info(request: web.Request) -> web.Response:
    """GET /api/T/id[/revision/rev][?blobs=true]."""
    found = access.visible(request)
    commit = access.commit_of(found, request.match_info.get("revision", "main"))
    newest, first = found.git.log(commit, limit=1)[0], found.git.log(commit)[-1]
    files = [entry for entry in found.git.tree(commit).values() if not entry.is_folder]
    card = found.git.tree(commit).get("README.md")
    answer = {
        "_id": found.id,
        "id": found.id,
        "author": found.namespace,
        "sha": commit,
        "private": found.about.private,
        "gated": found.about.gated,
        "disabled": False,
        "downloads": 0,
        "likes": 0,
        "tags": [],
        "createdAt": first.date,
        "lastModified": newest.date,
        "siblings": [_sibling(entry, blobs="blobs" in request.query) for entry in files],
    }
    if card is not None:
        answer["cardData"] = _card(found.git.blob(card.oid))
    return web.json_response(answer, headers={"X-Repo-Commit": commit})


def _card(data: bytes) -> dict[str, Any]:
    try:
        # Dates and the like become text, as JSON has no word for them.
        return {str(key): _plain(value) for key, value in front_matter(data.decode()).items()}
    except ValueError:
        return {}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | int | float | None) else str(value)


def _sibling(entry: Entry, *, blobs: bool) -> dict[str, Any]:
    if not blobs:
        return {"rfilename": entry.path}
    known: dict[str, Any] = {"rfilename": entry.path, "blobId": entry.oid, "size": entry.size}
    if entry.lfs:
        known["lfs"] = {
            "sha256": entry.lfs.sha256,
            "size": entry.lfs.size,
            "pointerSize": entry.lfs.pointer_size,
        }
    return known


async def refs(request: web.Request) -> web.Response:
    """GET /api/T/id/refs[?include_prs=1]."""
    found = access.visible(request)
    groups: dict[str, list[dict[str, str]]] = {
        "branches": [],
        "tags": [],
        "converts": [],
        "pullRequests": [],
    }
    for ref, commit in found.git.refs().items():
        for start, group in (
            ("refs/heads/", "branches"),
            ("refs/tags/", "tags"),
            ("refs/pr/", "pullRequests"),
        ):
            if ref.startswith(start):
                name = ref.removeprefix(start)
                groups[group].append({"name": name, "ref": ref, "targetCommit": commit})
    if "include_prs" not in request.query:
        del groups["pullRequests"]
    return web.json_response(groups)


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


def ref_of(revision: str) -> str:
    """The full reference that a commit to `revision` would move."""
    if revision.startswith("refs/"):
        return revision
    return MAIN if revision == "main" else f"refs/heads/{revision}"
