"""Every address that is answered. `T` is datasets, models or spaces; a name stands for a call.

A revision, and a path in `tree`, is one percent-encoded segment; aiohttp decodes it.
"""

from __future__ import annotations

from aiohttp import web

from vsfa_data.hub_sim import (
    branches,
    commits,
    discussions,
    files,
    gates,
    large,
    repos,
    revisions,
    trees,
)
from vsfa_data.hub_sim.answers import no_repo
from vsfa_data.hub_sim.misbehave import Handler

_ID = "{namespace}/{name}"
_T = "/api/{kind:datasets|models|spaces}/" + _ID
_DISCUSSION = _T + r"/discussions/{number:\d+}"
_REQUESTS = _T + "/user-access-request"
# Models stand at the root, the others below their kind.
_PAGE = "/{kind:(?:(?:datasets|spaces)/)?}" + _ID

ROUTES: tuple[tuple[str, str, Handler, str], ...] = (
    ("GET", "/api/whoami-v2", repos.whoami, "whoami"),
    ("POST", "/api/validate-yaml", repos.validate_yaml, "validate-yaml"),
    ("POST", "/api/repos/create", repos.create, "create-repo"),
    ("DELETE", "/api/repos/delete", repos.delete, "delete-repo"),
    ("PUT", _T + "/settings", repos.settings, "settings"),
    ("GET", _T, revisions.info, "info"),
    ("GET", _T + "/revision/{revision}", revisions.info, "revision"),
    ("GET", _T + "/refs", revisions.refs, "refs"),
    ("GET", _T + "/tree/{revision}", trees.tree, "tree"),
    ("GET", _T + "/tree/{revision}/{path:.+}", trees.tree, "tree-path"),
    ("POST", _T + "/paths-info/{revision}", trees.paths_info, "paths-info"),
    ("GET", _T + "/commits/{revision}", trees.commits, "commits"),
    ("POST", _T + "/preupload/{revision}", commits.preupload, "preupload"),
    ("POST", _T + "/commit/{revision}", commits.commit, "commit"),
    ("POST", _T + "/branch/{branch}", branches.create_branch, "create-branch"),
    ("DELETE", _T + "/branch/{branch}", branches.delete_branch, "delete-branch"),
    ("POST", _T + "/tag/{revision}", branches.create_tag, "create-tag"),
    ("DELETE", _T + "/tag/{revision}", branches.delete_tag, "delete-tag"),
    ("GET", _T + "/discussions", discussions.listed, "discussions"),
    ("POST", _T + "/discussions", discussions.create, "create-discussion"),
    ("GET", _DISCUSSION, discussions.details, "discussion"),
    ("POST", _DISCUSSION + "/status", discussions.change_status, "discussion-status"),
    ("POST", _DISCUSSION + "/merge", discussions.merge, "merge"),
    ("POST", _REQUESTS + "/handle", gates.decide, "decide-access"),
    ("POST", _REQUESTS + "/grant", gates.decide, "grant-access"),
    ("GET", _REQUESTS + "/{status}", gates.listed, "access-requests"),
    ("POST", _PAGE + "/ask-access", gates.ask, "ask-access"),
    ("POST", _PAGE + ".git/info/lfs/objects/batch", large.batch, "batch"),
    ("HEAD", _PAGE + "/resolve/{revision}/{path:.+}", files.resolve, "resolve-head"),
    ("GET", _PAGE + "/resolve/{revision}/{path:.+}", files.resolve, "resolve"),
    ("PUT", "/lfs/{kind}/" + _ID + "/{oid}", large.upload, "upload"),
    ("POST", "/lfs/{kind}/" + _ID + "/{oid}/verify", large.verify, "upload-verify"),
)


def routes() -> list[web.RouteDef]:
    """ROUTES, and behind them an answer for everything else."""
    known = [web.route(method, path, handler, name=name) for method, path, handler, name in ROUTES]
    return [*known, web.route("*", "/{anything:.*}", nothing, name="unknown")]


async def nothing(request: web.Request) -> web.Response:
    """Any other address. A repository without a namespace is none of ours."""
    raise no_repo(known=bool(request.headers.get("Authorization")))
