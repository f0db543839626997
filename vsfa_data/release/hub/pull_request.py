"""Leaving a release as a pull request, for someone else to merge."""

from __future__ import annotations

from vsfa_data.release.hub.local import Local
from vsfa_data.release.hub.remote import KIND, Repository


def title_of(local: Local) -> str:
    """How the pull request of this version is told from others."""
    return f"Release {local.version.tag}"


def find_open(repository: Repository, local: Local, author: str) -> int | None:
    """The user's own open pull request of this version, so that a second run goes on with it."""

    def ask() -> int | None:
        listed = repository.api.get_repo_discussions(
            repository.id,
            repo_type=KIND,
            author=author,
            discussion_type="pull_request",
        )
        mine = (one for one in listed if one.status in ("draft", "open"))
        return next((one.num for one in mine if one.title == title_of(local)), None)

    return repository.ask(ask, f"list the pull requests of {repository.id}")


def find_or_open(repository: Repository, local: Local, author: str) -> int:
    """The number of the pull request, made if there is none.

    Found again after a failure rather than made twice: its answer may have been lost.
    """
    description = (
        f"Version {local.version}, {sum(sum(s.values()) for s in local.made.counts().values())} "
        f"pictures. Fingerprint: {local.made.fingerprint}\n\nOnce it is merged, pushing the same "
        f"release again adds the tag {local.version.tag}."
    )

    def ask() -> int:
        found = find_open(repository, local, author)
        if found is not None:
            return found
        made = repository.api.create_pull_request(
            repository.id, title_of(local), description=description, repo_type=KIND
        )
        return int(made.num)

    return repository.ask(ask, "open a pull request")


def make_ready(repository: Repository, number: int) -> None:
    """Turn a draft into a pull request that can be merged."""

    def ask() -> None:
        found = repository.api.get_discussion_details(repository.id, number, repo_type=KIND)
        if found.status == "draft":
            repository.api.change_discussion_status(repository.id, number, "open", repo_type=KIND)

    repository.ask(ask, f"mark the pull request {number} as ready")
