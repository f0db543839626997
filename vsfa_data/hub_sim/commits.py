"""Changing files: which of them go outside git, and the one call that makes a commit."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final

from aiohttp import web

from vsfa_data.hub_sim import access, discussions, pointers
from vsfa_data.hub_sim.answers import RefusedError, no_entry, no_revision
from vsfa_data.hub_sim.faults import DYING, die
from vsfa_data.hub_sim.git import StaleError
from vsfa_data.hub_sim.plumbing import GitError
from vsfa_data.hub_sim.repos import body, front_matter
from vsfa_data.hub_sim.revisions import ref_of
from vsfa_data.hub_sim.storage import Repo

MAX_REGULAR_BYTES: Final = 10 * 2**20
"""A file larger than this goes outside git whatever its name."""


@dataclass
class Change:
    """What one commit call asks for."""

    summary: str = ""
    description: str = ""
    parent: str | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    """Path -> content, a pointer for a large file."""
    gone: list[str] = field(default_factory=list)


async def preupload(request: web.Request) -> web.Response:
    """POST /api/T/id/preupload/rev {files: [{path, size, sample}]}: how each is to be sent.

    `oid` says what lies there now (sha256 outside git, else git's id), so that a client can skip
    what has not changed.
    """
    found = access.visible(request)
    access.may_write(access.known(request))
    entries = found.git.tree(access.commit_of(found, request.match_info["revision"]))
    patterns = _large_patterns(found, entries)
    answer = []
    for file in (await body(request)).get("files", []):
        path, now = file["path"], entries.get(file["path"])
        name = path.rpartition("/")[2]
        large = file["size"] > MAX_REGULAR_BYTES or any(fnmatchcase(name, p) for p in patterns)
        known = {"path": path, "uploadMode": "lfs" if large else "regular", "shouldIgnore": False}
        if now and not now.is_folder:
            known["oid"] = now.lfs.sha256 if now.lfs else now.oid
        answer.append(known)
    return web.json_response({"files": answer})


def _large_patterns(found: Repo, entries: dict[str, Any]) -> list[str]:
    attributes = entries.get(".gitattributes")
    lines = found.git.blob(attributes.oid).decode().splitlines() if attributes else []
    return [line.split()[0] for line in lines if "filter=lfs" in line.split()[1:]]


async def commit(request: web.Request) -> web.Response:
    """POST /api/T/id/commit/rev, a JSON value a line. All of it happens or nothing.

    412 if `parentCommit` is not what the branch points to any more.
    """
    asked = _parse(await request.read())
    found, author, ref = _target(request)
    head = found.git.refs().get(ref)
    if head is None:
        raise no_revision(request.match_info["revision"])
    if asked.parent and asked.parent != head:
        raise RefusedError(412, "A commit has happened since. Please refresh and try again.")
    _check(found, head, asked)
    message = f"{asked.summary}\n\n{asked.description}".strip() + "\n"
    try:
        made = found.git.write(head, asked.files, asked.gone, author, message)
        if request.get(DYING):
            die(request)
        found.git.update(ref, head, made)
    except GitError as error:
        raise RefusedError(400, f"git refused the commit: {error}") from None
    except StaleError:
        raise RefusedError(
            412, "A commit has happened since. Please refresh and try again."
        ) from None
    access.moved(request, found, ref, made)
    where = f"{request.url.origin()}/{found.kind}/{found.id}"
    answer = {"success": True, "commitOid": made, "commitUrl": f"{where}/commit/{made}"}
    if "create_pr" in request.query:
        answer["pullRequestUrl"] = f"{where}/discussions/{ref.rpartition('/')[2]}"
    return web.json_response(answer, headers={"X-Repo-Commit": made})


def _target(request: web.Request) -> tuple[Repo, str, str]:
    """Repository, author and reference; a new pull request if that is what was asked for."""
    if "create_pr" not in request.query:
        revision = request.match_info["revision"]
        found, account = access.contributable(request, revision)
        return found, account.name, ref_of(revision)
    account, found = access.known(request), access.readable(request)
    access.may_write(account)
    made = discussions.open_one(request, found, account.name, "Upload", "", pull_request=True)
    return found, account.name, f"refs/pr/{made.num}"


def _parse(data: bytes) -> Change:
    asked = Change()
    try:
        for line in data.splitlines():
            item = json.loads(line)
            _take(asked, item["key"], item["value"])
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise RefusedError(400, f"The commit cannot be read: {error!r}") from None
    if not asked.summary:
        raise RefusedError(400, "A commit needs a summary")
    return asked


def _take(asked: Change, key: str, value: dict[str, Any]) -> None:
    if key == "header":
        asked.summary, asked.description = value["summary"], value.get("description", "")
        asked.parent = value.get("parentCommit")
    elif key == "file":
        asked.files[value["path"]] = base64.b64decode(value["content"], validate=True)
    elif key == "lfsFile":
        # A copy on the server names no size; `_check` puts it in.
        asked.files[value["path"]] = pointers.render(value["oid"], value.get("size", 0))
    elif key in ("deletedFile", "deletedFolder"):
        asked.gone.append(value["path"].rstrip("/"))
    else:
        raise ValueError(f"unknown key {key}")


def _check(found: Repo, head: str, asked: Change) -> None:
    """Raises RefusedError for large files that are not there, cards that no one can read, ..."""
    entries = found.git.tree(head)
    for path in asked.gone:
        if path not in entries:
            raise no_entry(f"{path}. A file with this name doesn't exist", head)
    for path, content in asked.files.items():
        pointer = pointers.parse(content)
        if pointer is not None:
            large = found.large_file(pointer.sha256)
            if not large.is_file():
                raise RefusedError(400, f"{path}: the content {pointer.sha256} was never uploaded")
            asked.files[path] = pointers.render(pointer.sha256, large.stat().st_size)
    if "README.md" in asked.files:
        try:
            front_matter(asked.files["README.md"].decode())
        except ValueError as error:
            raise RefusedError(400, f"README.md: {error}") from None
