"""The single steps of a push. Each may be made again, and finds what an earlier try has done."""

from __future__ import annotations

import glob

from vsfa_data.errors import UserError
from vsfa_data.release.hub.local import Local
from vsfa_data.release.hub.remote import KIND, Changes, Repository
from vsfa_data.release.hub.trouble import NotYetError, status_of


def create(repository: Repository) -> str:
    """Make a private repository; the commit that its `main` starts from.

    Raises UserError if it turns out to be public: the Hub ignores `private` for one that exists.
    """

    def attempt() -> str:
        try:
            repository.api.create_repo(repository.id, repo_type=KIND, private=True)
        except Exception as error:
            # An earlier try may have made it although its answer was lost.
            if status_of(error) != 409:
                raise
        remote = repository.look()
        if remote is None:
            raise NotYetError("the Hub does not show it, or the token may not see it")
        if not remote.private:
            raise UserError(
                f"{repository.id} is public although a private one was asked for, so nothing was "
                f"uploaded. Make it private in its settings, then run again"
            )
        return remote.head

    return repository.ask(attempt, f"create {repository.id}")


def configure(repository: Repository, doing: str, **settings: str | bool) -> None:
    """Set the gate or the visibility."""
    repository.ask(
        lambda: repository.api.update_repo_settings(
            repository.id,
            repo_type=KIND,
            **settings,  # type: ignore[arg-type]  # gated
        ),
        doing,
    )


def branch(repository: Repository, name: str, head: str) -> None:
    """Make a branch that starts from `head`, unless it is there."""
    repository.ask(
        lambda: repository.api.create_branch(
            repository.id, branch=name, revision=head, repo_type=KIND, exist_ok=True
        ),
        f"create the branch {name}",
    )


def upload(repository: Repository, local: Local, revision: str, first: Changes) -> str:
    """Make a revision the release; its commit then.

    What is missing goes up, what is not of the release goes. `first` is known to be missing now;
    a second try looks again, for the first may have done part of it.
    """
    known = [first]

    def attempt() -> None:
        changes = known.pop() if known else repository.changes(local, revision)
        if changes:
            repository.api.upload_folder(
                repo_id=repository.id,
                repo_type=KIND,
                folder_path=local.folder,
                revision=revision,
                allow_patterns=list(changes.put),
                delete_patterns=[glob.escape(name) for name in changes.gone] or None,
                commit_message=f"Prepare version {local.version}",
            )

    repository.ask(attempt, f"upload to {repository.id}@{revision}")
    return repository.commit_at(revision)


def remove_branch(repository: Repository, name: str) -> None:
    """Delete a branch, unless it is gone."""
    from huggingface_hub.errors import RevisionNotFoundError

    def attempt() -> None:
        try:
            repository.api.delete_branch(repository.id, branch=name, repo_type=KIND)
        except RevisionNotFoundError:
            # An earlier try has done it although its answer was lost.
            return

    repository.ask(attempt, f"delete the branch {name}")
