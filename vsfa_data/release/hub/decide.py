"""Deciding what a push has to do, and refusing what it must not: before anything is changed."""

from __future__ import annotations

from collections.abc import Callable

from vsfa_data.errors import UserError
from vsfa_data.release import manifest
from vsfa_data.release.hub import kept
from vsfa_data.release.hub.gate import gate_to_set
from vsfa_data.release.hub.local import Local
from vsfa_data.release.hub.names import Version, parse_version
from vsfa_data.release.hub.plan import Plan, Wishes
from vsfa_data.release.hub.remote import KEPT, KIND, Changes, Remote, Repository
from vsfa_data.release.hub.scratch import scratch
from vsfa_data.release.hub.trouble import GatedError
from vsfa_data.release.inventory import ManifestError, read_manifest
from vsfa_data.release.manifest import Manifest
from vsfa_data.release.markdown import one_line

Compare = Callable[[str], str]
"""Revision -> one line: how the release differs from what is there."""


def make(
    repository: Repository, local: Local, wishes: Wishes, compare: Compare
) -> tuple[Plan, Remote | None]:
    """What is to be done, and the repository as it is. Changes nothing.

    Raises UserError where it must not be done: another visibility, a version that goes back,
    the same version with other content, pictures that would change their split.
    """
    remote = repository.look()
    if remote is None:
        _check_absent(repository, wishes)
        everything = Changes(tuple(sorted(local.files)), ())
        plan = Plan(
            local=local,
            repo_id=repository.id,
            create=True,
            gate=gate_to_set(local.made, wishes, "no"),
            on_main=everything,
            on_staging=everything,
            head=None,
            tag=True,
            make_public=wishes.public,
            tidy=False,
        )
        return plan, None
    if wishes.private and not remote.private:
        raise UserError(
            f"{repository.id} is public and --private was asked for, so nothing was uploaded. "
            f"Make it private in its settings, or leave out --private"
        )
    published = local.version in remote.tags
    on_main, hidden = _to_do(repository, local, remote, compare)
    staged = local.version.staging in remote.branches
    on_staging = on_main
    if staged and on_main and not published:
        on_staging = repository.changes(local, remote.branches[local.version.staging])
    plan = Plan(
        local=local,
        repo_id=repository.id,
        create=False,
        gate=gate_to_set(local.made, wishes, remote.gate),
        on_main=on_main,
        on_staging=on_staging,
        head=remote.head,
        tag=not published,
        make_public=wishes.public and remote.private,
        tidy=staged,
        hidden=hidden,
    )
    return plan, remote


def _to_do(
    repository: Repository, local: Local, remote: Remote, compare: Compare
) -> tuple[Changes, bool]:
    """What would make `main` the release, and whether a gate hides what is there.

    Nothing if it is published. Refuses what must not be.
    """
    version = local.version
    if version in remote.tags:
        if not repository.changes(local, remote.tags[version]):
            return Changes((), ()), False
        raise UserError(
            f"{repository.id} has {version.tag} already, with other content: "
            f"{compare(version.tag)}. Published versions never change: "
            f"raise 'version' in the recipe and build again. "
            f"See: vsfa-data diff {repository.id}@{version.tag} {local.folder}"
        )
    if remote.tags and (newest := max(remote.tags)) > version:
        raise _backwards(repository.id, version, newest)
    changes, hidden = repository.changes(local, remote.head), False
    if changes:
        try:
            _check_main(repository, local, remote)
        except GatedError:
            if repository.api.token:
                raise
            hidden = True  # to whoever only asks what would be done
    return changes, hidden


def _backwards(repo_id: str, version: Version, newest: Version) -> UserError:
    return UserError(
        f"{repo_id} has version {newest} already, and {version} would go backwards. "
        f"Set 'version' in the recipe to one above {newest} and build again"
    )


def _check_main(repository: Repository, local: Local, remote: Remote) -> None:
    """Refuse to put it over another dataset, a newer version without a tag, or other splits."""
    stored = repository.files_at(remote.head)
    if set(stored) <= {*KEPT, "README.md"}:
        return
    there = _on_main(repository, remote) if manifest.NAME in stored else None
    if there is None:
        raise UserError(
            f"{repository.id} holds files that are no release of this toolkit, and pushing would "
            f"take them off main. Choose another repository, or empty this one first"
        )
    if there.name != local.made.name:
        raise UserError(
            f"{repository.id} holds the dataset '{one_line(there.name)}', and this is "
            f"'{local.made.name}'. Choose another repository, or give the recipe that name"
        )
    version = parse_version(there.version)
    if version is not None and version > local.version:
        raise _backwards(repository.id, local.version, version)
    kept.check(repository, local, remote.head, stored)


def _on_main(repository: Repository, remote: Remote) -> Manifest | None:
    """The manifest on `main`; None if it is none of ours."""

    def fetch() -> Manifest | None:
        with scratch() as folder:
            repository.api.hf_hub_download(
                repository.id,
                manifest.NAME,
                repo_type=KIND,
                revision=remote.head,
                local_dir=folder,
            )
            try:
                return read_manifest(folder)
            except ManifestError:
                return None

    return repository.ask(fetch, f"read {manifest.NAME} of {repository.id}")


def _check_absent(repository: Repository, wishes: Wishes) -> None:
    """Refuse where the dataset's absence shows a mistake."""
    if wishes.pull_request:
        raise UserError(
            f"there is no dataset {repository.id} that a pull request could go to, or the token "
            f"may not see it. Push once without --pr first"
        )
    exists = repository.ask(
        lambda: repository.api.repo_exists(repository.id), f"look whether {repository.id} is free"
    )
    if exists:
        raise UserError(
            f"{repository.id} is a model on the Hub, not a dataset. Choose another name"
        )
