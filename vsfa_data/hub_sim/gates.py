"""Asking for access to a gated repository, and granting it."""

from __future__ import annotations

from aiohttp import web

from vsfa_data.hub_sim import access
from vsfa_data.hub_sim.answers import RefusedError
from vsfa_data.hub_sim.repos import body


async def ask(request: web.Request) -> web.Response:
    """POST /[datasets/]id/ask-access, as the button on the page does."""
    account, found = access.known(request), access.visible(request)
    if found.about.gated == "auto":
        found.about.granted.append(account.name)
    elif account.name not in found.about.pending:
        found.about.pending.append(account.name)
    found.save()
    return web.json_response({})


async def listed(request: web.Request) -> web.Response:
    """GET /api/T/id/user-access-request/pending|accepted|rejected."""
    found, _ = access.writable(request)
    status = request.match_info["status"]
    names = {"pending": found.about.pending, "accepted": found.about.granted}.get(status, [])
    when = found.git.log(found.git.refs()["refs/heads/main"], limit=1)[0].date
    answer = [
        {
            "requestId": f"{found.id}/{name}",
            "user": {"user": name, "fullname": name, "email": None},
            "status": status,
            "timestamp": when,
        }
        for name in names
    ]
    return web.json_response(answer)


async def decide(request: web.Request) -> web.Response:
    """POST /api/T/id/user-access-request/handle {user, status} or .../grant {user}."""
    (found, _), sent = access.writable(request), await body(request)
    name, status = str(sent.get("user", "")), str(sent.get("status", "accepted"))
    if not found.about.gated:
        raise RefusedError(400, "This repository is not gated")
    for names in (found.about.pending, found.about.granted):
        if name in names:
            names.remove(name)
    if status == "accepted":
        found.about.granted.append(name)
    found.save()
    return web.json_response({})
