"""How the Hub says no: a status, a code that the clients read, a line for people."""

from __future__ import annotations

from aiohttp import web


class RefusedError(Exception):
    """Ends a request. `code` is what the clients tell their errors apart by."""

    def __init__(
        self, status: int, message: str, code: str | None = None, commit: str | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.commit = status, message, code, commit

    def response(self) -> web.Response:
        """As the clients expect it."""
        headers = {"X-Error-Message": self.message}
        if self.code:
            headers["X-Error-Code"] = self.code
        if self.commit:
            headers["X-Repo-Commit"] = self.commit
        return web.json_response({"error": self.message}, status=self.status, headers=headers)


def no_repo(*, known: bool) -> RefusedError:
    """It does not exist, or the caller must not know; `known`: whether the caller has a name."""
    if known:
        return RefusedError(404, "Repository not found", "RepoNotFound")
    # Over plain http the clients take a 401 for a missing repository only with this code.
    return RefusedError(401, "Invalid username or password.", "RepoNotFound")


def no_revision(name: str) -> RefusedError:
    """No branch, tag or commit of that name."""
    return RefusedError(404, f"Invalid rev id: {name}", "RevisionNotFound")


def no_entry(path: str, commit: str) -> RefusedError:
    """No such file; the commit lets clients remember that."""
    return RefusedError(404, f"Entry not found: {path}", "EntryNotFound", commit)
