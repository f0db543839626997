"""The two calls that readers see: one commit to `main`, one tag.

Neither may be repeated blindly: an answer can get lost after the work was done. So after every
failure the Hub is asked what it has now, and only what is missing is tried again.
"""

from __future__ import annotations

from collections.abc import Callable

from vsfa_data.errors import UserError
from vsfa_data.release.hub.local import Local
from vsfa_data.release.hub.names import Version
from vsfa_data.release.hub.remote import KIND, Changes, Repository
from vsfa_data.release.hub.trouble import NotYetError, passes, status_of


def commit(repository: Repository, local: Local, changes: Changes, head: str, staged: str) -> str:
    """Make `main` the release in one commit on top of `head`; the new commit.

    Every file is copied on the Hub from the commit `staged`, which was read back: no content is
    sent again. Raises UserError if `main` is no longer at `head`.
    """
    from huggingface_hub import CommitOperationCopy, CommitOperationDelete

    def attempt() -> None:
        copies = [CommitOperationCopy(name, name, src_revision=staged) for name in changes.put]
        removals = [CommitOperationDelete(name) for name in changes.gone]
        repository.api.create_commit(
            repository.id,
            [*copies, *removals],
            commit_message=f"Version {local.version}",
            commit_description=f"fingerprint: {local.made.fingerprint}",
            repo_type=KIND,
            parent_commit=head,
        )

    def done() -> str | None:
        now = repository.commit_at("main")
        if now == head:
            return None
        if not repository.changes(local, now):
            return now
        raise UserError(
            f"somebody else changed the main branch of {repository.id} meanwhile, and it was left "
            f"as they made it. Run the same command again"
        )

    return _once(repository, attempt, done, "commit to main")


def tag(repository: Repository, version: Version, commit_id: str) -> None:
    """Tag the commit. Raises UserError if the tag is there and names another one."""

    def attempt() -> None:
        # Without a message: the Hub then names the commit itself in its list of tags.
        repository.api.create_tag(
            repository.id, tag=version.tag, revision=commit_id, repo_type=KIND
        )

    def done() -> str | None:
        remote = repository.look()
        now = remote.tags.get(version) if remote else None
        if now not in (None, commit_id):
            raise UserError(
                f"somebody else tagged {version.tag} of {repository.id} meanwhile. "
                f"See: vsfa-data diff {repository.id}@{version.tag} {repository.id}"
            )
        return now

    _once(repository, attempt, done, f"tag {version.tag}")


def _once(
    repository: Repository,
    attempt: Callable[[], None],
    done: Callable[[], str | None],
    doing: str,
) -> str:
    """Attempt until `done` says what it led to; a failure may come after the work."""

    def step() -> str:
        failure: Exception = NotYetError("the Hub does not show it")
        try:
            attempt()
        except Exception as error:
            # 409 and 412 say that somebody was first: perhaps this very run.
            if status_of(error) in (409, 412):
                failure = NotYetError(f"the Hub refuses it ({status_of(error)})")
            elif passes(error):
                failure = error
            else:
                raise
        if (found := done()) is None:
            raise failure
        return found

    return repository.ask(step, doing)
