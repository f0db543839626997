"""Who may see and change what. Every handler starts with one of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from vsfa_data.hub_sim.accounts import Account, owns
from vsfa_data.hub_sim.answers import RefusedError, no_repo, no_revision
from vsfa_data.hub_sim.storage import Repo, Storage


@dataclass
class Hub:
    """What all handlers share. `secret` signs upload addresses; `page` is entries per page."""

    storage: Storage
    accounts: Mapping[str, Account]
    secret: bytes
    page: int = 1000
    history: list[tuple[str, str, str]] = field(default_factory=list)
    """Every move of a reference since the start: repository, reference, commit or ''."""
    mistakes: list[Exception] = field(default_factory=list)
    """What this program itself did wrong; tests want none."""


HUB: Final = web.AppKey("hub", Hub)


def hub(request: web.Request) -> Hub:
    """The hub that a request came to."""
    return request.app[HUB]


def caller(request: web.Request) -> Account | None:
    """Who the token belongs to; None without one. Raises RefusedError for a token nobody has."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if not token:
        return None
    account = hub(request).accounts.get(token) if kind == "Bearer" else None
    if account is None:
        raise RefusedError(401, "Invalid credentials in Authorization header")
    return account


def known(request: web.Request) -> Account:
    """The caller, who must have a token."""
    account = caller(request)
    if account is None:
        raise RefusedError(401, "Invalid username or password.")
    return account


def visible(request: web.Request) -> Repo:
    """The repository that the address names, if the caller may know of it."""
    account, named = caller(request), request.match_info
    kind = named["kind"].rstrip("/") or "models"
    found = hub(request).storage.find(kind, named["namespace"], named["name"])
    if found is None or (found.about.private and not _owner(request, found, account)):
        raise no_repo(known=account is not None)
    return found


def readable(request: web.Request) -> Repo:
    """The same, if the caller may read its files: a gate lets only those in who were granted."""
    found, account = visible(request), caller(request)
    if not found.about.gated or _owner(request, found, account):
        return found
    if account is None or account.name not in found.about.granted:
        status = 401 if account is None else 403
        raise RefusedError(status, f"Access to dataset {found.id} is restricted.", "GatedRepo")
    return found


def writable(request: web.Request) -> tuple[Repo, Account]:
    """The repository and the caller, who may change it."""
    account, found = known(request), visible(request)
    if not _owner(request, found, account):
        raise RefusedError(403, "You don't have the rights to change this repository.")
    may_write(account)
    return found, account


def contributable(request: web.Request, revision: str) -> tuple[Repo, Account]:
    """The same; or a pull request of the caller's own, who may read the repository."""
    account, found = known(request), readable(request)
    number = revision.removeprefix("refs/pr/")
    mine = number != revision and any(
        str(one.num) == number and one.author == account.name for one in found.about.discussions
    )
    if not mine:
        return writable(request)
    may_write(account)
    return found, account


def may_write(account: Account) -> None:
    """Raises RefusedError for a token that may only read."""
    if account.role != "write":
        raise RefusedError(403, "This token has the role 'read': it cannot change anything.")


def may_create(request: web.Request, account: Account, namespace: str) -> None:
    """Raises RefusedError unless the caller may make repositories in `namespace`."""
    may_write(account)
    if not owns(account, namespace, hub(request).accounts):
        raise RefusedError(
            403, f"You don't have the rights to create under the namespace {namespace}."
        )


def commit_of(found: Repo, revision: str) -> str:
    """The commit that `revision` names. Raises RefusedError if none does."""
    commit = found.git.resolve(revision)
    if commit is None:
        raise no_revision(revision)
    return commit


def moved(request: web.Request, found: Repo, ref: str, commit: str | None) -> None:
    """Note that a reference was set, or deleted if `commit` is None."""
    hub(request).history.append((found.id, ref, commit or ""))


def _owner(request: web.Request, found: Repo, account: Account | None) -> bool:
    return account is not None and owns(account, found.namespace, hub(request).accounts)
