"""Discussions and pull requests. A pull request is a reference `refs/pr/<number>`."""

from __future__ import annotations

import time
from typing import Any

from aiohttp import web

from vsfa_data.hub_sim import access
from vsfa_data.hub_sim.answers import RefusedError
from vsfa_data.hub_sim.git import MAIN, hub_time
from vsfa_data.hub_sim.repos import body
from vsfa_data.hub_sim.storage import Discussion, Repo


def open_one(
    request: web.Request,
    found: Repo,
    author: str,
    title: str,
    description: str,
    *,
    pull_request: bool,
) -> Discussion:
    """A new discussion; a pull request starts as a draft, at what `main` is now."""
    made = Discussion(
        num=len(found.about.discussions) + 1,
        title=title,
        description=description,
        author=author,
        created=hub_time(time.time()),
        is_pull_request=pull_request,
        status="draft" if pull_request else "open",
    )
    if pull_request:
        ref, start = f"refs/pr/{made.num}", found.git.refs()[MAIN]
        if ref not in found.git.refs():
            found.git.update(ref, None, start)
            access.moved(request, found, ref, start)
    found.about.discussions.append(made)
    found.save()
    return made


async def create(request: web.Request) -> web.Response:
    """POST /api/T/id/discussions {title, description, pullRequest}."""
    account, found, sent = access.known(request), access.readable(request), await body(request)
    access.may_write(account)
    title, pull = str(sent.get("title", "")), bool(sent.get("pullRequest"))
    if not 3 <= len(title) <= 200:
        raise RefusedError(400, "A title has 3 to 200 characters")
    text = str(sent.get("description", ""))
    made = open_one(request, found, account.name, title, text, pull_request=pull)
    return web.json_response({"num": made.num, "pullRequest": pull})


async def listed(request: web.Request) -> web.Response:
    """GET /api/T/id/discussions?type=&status=&author=&p=: newest first, a page of them."""
    found, query = access.visible(request), request.query
    wanted = [
        one
        for one in reversed(found.about.discussions)
        if query.get("type", "all") in ("all", _type(one))
        and query.get("status", "all") in ("all", _state(one))
        and query.get("author", one.author) == one.author
    ]
    size = min(access.hub(request).page, 10)
    start = int(query.get("p", "0")) * size
    shown = [_summary(found, one) for one in wanted[start : start + size]]
    return web.json_response({"discussions": shown, "count": len(wanted), "start": start})


async def details(request: web.Request) -> web.Response:
    """GET /api/T/id/discussions/num."""
    found = access.visible(request)
    return web.json_response(_details(found, _find(request, found)))


async def change_status(request: web.Request) -> web.Response:
    """POST /api/T/id/discussions/num/status {status: open | closed}."""
    revision = f"refs/pr/{request.match_info['number']}"
    (found, account), sent = access.contributable(request, revision), await body(request)
    one = _find(request, found)
    one.status = str(sent.get("status"))
    found.save()
    event = _event(one, "status-change") | {"data": {"status": one.status}}
    return web.json_response({"newStatus": event | {"author": {"name": account.name}}})


async def merge(request: web.Request) -> web.Response:
    """POST /api/T/id/discussions/num/merge: its files go to `main` in one commit."""
    found, account = access.writable(request)
    one = _find(request, found)
    refs = found.git.refs()
    if not one.is_pull_request or one.status in ("merged", "closed"):
        raise RefusedError(400, "This is no open pull request")
    ours, theirs = found.git.tree(refs[MAIN]), found.git.tree(refs[f"refs/pr/{one.num}"])
    files = {
        path: found.git.blob(entry.oid)
        for path, entry in theirs.items()
        if not entry.is_folder and (path not in ours or ours[path].oid != entry.oid)
    }
    gone = [path for path, entry in ours.items() if not entry.is_folder and path not in theirs]
    made = found.git.write(refs[MAIN], files, gone, account.name, f"{one.title} (#{one.num})\n")
    found.git.update(MAIN, refs[MAIN], made)
    access.moved(request, found, MAIN, made)
    one.status, one.merged = "merged", made
    found.save()
    return web.json_response({})


def _find(request: web.Request, found: Repo) -> Discussion:
    number = int(request.match_info["number"])
    if not 1 <= number <= len(found.about.discussions):
        raise RefusedError(404, "Discussion not found")
    return found.about.discussions[number - 1]


def _type(one: Discussion) -> str:
    return "pull_request" if one.is_pull_request else "discussion"


def _state(one: Discussion) -> str:
    return "open" if one.status in ("open", "draft") else "closed"


def _summary(found: Repo, one: Discussion) -> dict[str, Any]:
    return {
        "num": one.num,
        "title": one.title,
        "author": {"name": one.author},
        "createdAt": one.created,
        "status": one.status,
        "isPullRequest": one.is_pull_request,
        "repo": {"name": found.id, "type": found.kind.removesuffix("s")},
    }


def _event(one: Discussion, kind: str) -> dict[str, Any]:
    return {
        "id": f"{one.num:024x}",
        "type": kind,
        "author": {"name": one.author},
        "createdAt": one.created,
    }


def _details(found: Repo, one: Discussion) -> dict[str, Any]:
    text = {
        "latest": {"raw": one.description, "html": "", "updatedAt": one.created},
        "edited": False,
        "hidden": False,
        "history": [],
    }
    known = _summary(found, one) | {"events": [_event(one, "comment") | {"data": text}]}
    if one.is_pull_request:
        known["changes"] = {"base": MAIN, "mergeCommitId": one.merged}
        known["filesWithConflicts"] = []
    return known
