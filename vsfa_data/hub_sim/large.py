"""Large files outside git: the git-lfs batch call, the upload itself, its confirmation."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import uuid
from typing import Any, Final

from aiohttp import web

from vsfa_data.hub_sim import access
from vsfa_data.hub_sim.answers import RefusedError
from vsfa_data.hub_sim.faults import DYING, SLOW, die
from vsfa_data.hub_sim.repos import body
from vsfa_data.hub_sim.storage import Repo

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_PIECE_BYTES: Final = 2**20


async def batch(request: web.Request) -> web.Response:
    """POST /[datasets/]id.git/info/lfs/objects/batch: where to put what is missing.

    An object without actions is there already.
    """
    sent = await body(request)
    revision = str((sent.get("ref") or {}).get("name", ""))
    found, _ = access.contributable(request, revision)
    if sent.get("operation") != "upload":
        raise RefusedError(400, "Only uploads are answered; files are read at /resolve/")
    objects = [_object(request, found, one) for one in sent.get("objects", [])]
    return web.json_response(
        {"transfer": "basic", "objects": objects},
        content_type="application/vnd.git-lfs+json",
    )


def _object(request: web.Request, found: Repo, asked: dict[str, Any]) -> dict[str, Any]:
    oid, size = asked["oid"], asked["size"]
    if not isinstance(oid, str) or not _SHA256.fullmatch(oid) or not isinstance(size, int):
        raise RefusedError(400, "An object is named by its sha256 and size")
    if found.large_file(oid).is_file():
        return {"oid": oid, "size": size}
    place = f"{request.url.origin()}/lfs/{found.kind}/{found.id}/{oid}"
    signed = f"{place}?size={size}&signature={_signature(request, found, oid, size)}"
    actions = {"upload": {"href": signed, "header": {}}, "verify": {"href": f"{place}/verify"}}
    return {"oid": oid, "size": size, "authenticated": True, "actions": actions}


async def upload(request: web.Request) -> web.Response:
    """PUT to a signed address: no token, as with the Hub's storage."""
    named = request.match_info
    found = access.hub(request).storage.find(named["kind"], named["namespace"], named["name"])
    oid, size = named["oid"], request.query.get("size", "")
    if found is None or not size.isdecimal():
        raise RefusedError(403, "This address was not signed here")
    wanted = _signature(request, found, oid, int(size))
    if not hmac.compare_digest(wanted, request.query.get("signature", "")):
        raise RefusedError(403, "This address was not signed here")
    target = found.large_file(oid)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".partial-{uuid.uuid4().hex}")
    digest, got = hashlib.sha256(), 0
    try:
        with partial.open("wb") as file:
            async for piece in request.content.iter_chunked(_PIECE_BYTES):
                got += len(piece)
                digest.update(piece)
                file.write(piece)
                if request.get(DYING):
                    die(request)
                await asyncio.sleep(0.05 if request.get(SLOW) else 0)
        if (digest.hexdigest(), got) != (oid, int(size)):
            raise RefusedError(400, "The content is not what its sha256 and size say")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return web.Response()


async def verify(request: web.Request) -> web.Response:
    """POST {oid, size}: whether it has arrived."""
    found, sent = access.readable(request), await body(request)
    access.may_write(access.known(request))
    large = found.large_file(request.match_info["oid"])
    if not large.is_file() or large.stat().st_size != sent.get("size"):
        raise RefusedError(404, "The object has not arrived")
    return web.json_response({})


def _signature(request: web.Request, found: Repo, oid: str, size: int) -> str:
    text = f"{found.kind}/{found.id}/{oid}/{size}"
    return hmac.new(access.hub(request).secret, text.encode(), "sha256").hexdigest()
