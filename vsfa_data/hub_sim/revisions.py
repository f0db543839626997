"""Reading a repository's state: info, references, trees, paths, history."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from vsfa_data.hub_sim import access
from vsfa_data.hub_sim.git import MAIN, Entry
from vsfa_data.hub_sim.repos import front_matter


async def info(request: web.Request) -> web.Response:
    """GET /api/T/id[/revision/rev][?blobs=true]."""
    found = access.visible(request)
    commit = access.commit_of(found, request.match_info.get("revision", "main"))
    history = found.git.log(commit)
    newest, first = history[0], history[-1]
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


def ref_of(revision: str) -> str:
    """The full reference that a commit to `revision` would move."""
    if revision.startswith("refs/"):
        return revision
    return MAIN if revision == "main" else f"refs/heads/{revision}"
