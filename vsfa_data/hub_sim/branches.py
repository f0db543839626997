"""Making and removing branches and tags."""

from __future__ import annotations

import re
from typing import Final

from aiohttp import web

from vsfa_data.hub_sim import access
from vsfa_data.hub_sim.answers import RefusedError, no_revision
from vsfa_data.hub_sim.git import MAIN
from vsfa_data.hub_sim.repos import body
from vsfa_data.hub_sim.storage import Repo

_NAME: Final = re.compile(r"(?!refs/|.*(?:\.\.|//|\.lock$|/$))[A-Za-z0-9_][A-Za-z0-9_./-]{0,200}")


async def create_branch(request: web.Request) -> web.Response:
    """POST /api/T/id/branch/name {startingPoint}: 409 if it is there."""
    (found, _), sent = access.writable(request), await body(request)
    ref = f"refs/heads/{_checked(request.match_info['branch'])}"
    start = access.commit_of(found, str(sent.get("startingPoint") or "main"))
    if ref in found.git.refs():
        raise RefusedError(409, "Reference already exists")
    found.git.update(ref, None, start)
    access.moved(request, found, ref, start)
    return web.json_response({})


async def delete_branch(request: web.Request) -> web.Response:
    """DELETE /api/T/id/branch/name; `main` stays."""
    found, _ = access.writable(request)
    ref = f"refs/heads/{request.match_info['branch']}"
    if ref == MAIN:
        raise RefusedError(403, "The main branch cannot be deleted")
    return _delete(request, found, ref)


async def create_tag(request: web.Request) -> web.Response:
    """POST /api/T/id/tag/rev {tag, message}: 409 if it is there, whatever it points to."""
    (found, account), sent = access.writable(request), await body(request)
    name, message = _checked(str(sent.get("tag", ""))), sent.get("message")
    commit = access.commit_of(found, request.match_info["revision"])
    if f"refs/tags/{name}" in found.git.refs():
        raise RefusedError(409, "Tag reference exists already")
    found.git.tag(name, commit, account.name, str(message) if message else None)
    access.moved(request, found, f"refs/tags/{name}", commit)
    return web.json_response({})


async def delete_tag(request: web.Request) -> web.Response:
    """DELETE /api/T/id/tag/name."""
    found, _ = access.writable(request)
    return _delete(request, found, f"refs/tags/{request.match_info['revision']}")


def _delete(request: web.Request, found: Repo, ref: str) -> web.Response:
    if ref not in found.git.refs():
        raise no_revision(ref)
    found.git.delete(ref)
    access.moved(request, found, ref, None)
    return web.json_response({})


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise RefusedError(400, f"Invalid reference name: {name}")
    return name
