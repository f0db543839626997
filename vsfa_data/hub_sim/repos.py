"""Repositories as such: create, delete, settings; who am I; is this card's YAML sound."""

from __future__ import annotations

import functools
import json
from typing import Any, cast

import yaml
from aiohttp import web

from vsfa_data.hub_sim import access
from vsfa_data.hub_sim.answers import RefusedError, no_repo

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


async def body(request: web.Request) -> dict[str, Any]:
    """The JSON object that was sent; {} for an empty body."""
    try:
        sent = json.loads(await request.read() or b"{}")
    except ValueError:
        sent = None
    if not isinstance(sent, dict):
        raise RefusedError(400, "The body is no JSON object")
    return cast("dict[str, Any]", sent)


async def whoami(request: web.Request) -> web.Response:
    """GET /api/whoami-v2."""
    return web.json_response(access.known(request).whoami())


async def validate_yaml(request: web.Request) -> web.Response:
    """POST /api/validate-yaml: the front matter of a card must be a YAML mapping."""
    content = str((await body(request)).get("content", ""))
    try:
        front_matter(content)
    except ValueError as error:
        answer = {"errors": [{"message": str(error)}], "warnings": []}
        return web.json_response(answer, status=400)
    return web.json_response({"errors": [], "warnings": []})


@functools.lru_cache(maxsize=32)
def front_matter(card: str) -> dict[str, Any]:
    """The YAML between the first two `---` of a card. Raises ValueError if it is no mapping.

    Not to be changed: the same card, which is asked for again and again, gives the same object.
    """
    if not card.startswith("---\n"):
        return {}
    try:
        found = yaml.load(card[4:].partition("\n---")[0], _Loader)  # noqa: S506 - a safe one
    except yaml.YAMLError as error:
        raise ValueError(f"Invalid YAML: {error}") from None
    if found is not None and not isinstance(found, dict):
        raise ValueError("The card's metadata must be a mapping")
    return found or {}


async def create(request: web.Request) -> web.Response:
    """POST /api/repos/create. 409 with the address if it is there already."""
    account, sent = access.known(request), await body(request)
    kind, namespace, name = _named(sent, account.name)
    access.may_create(request, account, namespace)
    storage = access.hub(request).storage
    url = f"{request.url.origin()}/{'' if kind == 'models' else kind + '/'}{namespace}/{name}"
    if storage.find(kind, namespace, name):
        answer = {"error": "You already created this repo", "url": url}
        return web.json_response(answer, status=409)
    private = sent.get("visibility") == "private" or sent.get("private") is True
    made = storage.create(kind, namespace, name, account.name, private=private)
    return web.json_response({"url": url, "name": made.id, "id": made.id})


async def delete(request: web.Request) -> web.Response:
    """DELETE /api/repos/delete."""
    account, sent = access.known(request), await body(request)
    named = _named(sent, account.name)
    found = access.hub(request).storage.find(*named)
    if found is None:
        raise no_repo(known=True)
    access.may_create(request, account, named[1])
    access.hub(request).storage.delete(found)
    return web.json_response({})


async def settings(request: web.Request) -> web.Response:
    """PUT /api/T/id/settings: visibility and gate."""
    (found, _), sent = access.writable(request), await body(request)
    if "gated" in sent:
        if sent["gated"] not in ("auto", "manual", False):
            raise RefusedError(400, "gated must be 'auto', 'manual' or false")
        found.about.gated = sent["gated"]
    if "visibility" in sent:
        found.about.private = sent["visibility"] == "private"
    found.save()
    return web.json_response({"private": found.about.private, "gated": found.about.gated})


def _named(sent: dict[str, Any], own: str) -> tuple[str, str, str]:
    kind = f"{sent.get('type') or 'model'}s"
    return kind, str(sent.get("organization") or own), str(sent.get("name", ""))
