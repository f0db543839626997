"""Pushing a release so that `main` and every tag are whole at any moment.

    verify here -> create private -> gate -> upload to a staging branch -> load that back in a
    fresh process -> one commit to main that copies on the Hub -> tag -> delete the branch

What is done is read from the Hub each time, never remembered here: running the same command
again, on any machine, goes on where the last run stopped and uploads only what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vsfa_data.errors import UserError
from vsfa_data.release.hub import decide, local, publish, pull_request, steps
from vsfa_data.release.hub.identity import identify, require
from vsfa_data.release.hub.local import Local
from vsfa_data.release.hub.names import check_repo_id
from vsfa_data.release.hub.plan import Action, Wishes
from vsfa_data.release.hub.readback import FreshProcess, ReadBack, confirm
from vsfa_data.release.hub.remote import Repository
from vsfa_data.release.hub.session import Patience, connected
from vsfa_data.release.hub.source import how_it_differs

if TYPE_CHECKING:
    from huggingface_hub import HfApi

Status = Literal["published", "unchanged", "pull_request", "planned"]


@dataclass(frozen=True)
class Target:
    """Where to push, as whom, and how. `tell` gets each action when it begins."""

    repo_id: str
    endpoint: str
    token: str | None
    quiet: bool = False
    patience: Patience = field(default_factory=Patience)
    tell: Callable[[Action], object] = lambda _: None
    read_back: ReadBack | None = None
    """How a revision is loaded back; None: in a fresh process."""


@dataclass(frozen=True)
class Pushed:
    """What came of it.

    `commit` holds the release, None if nothing was changed; `actions` are those that were due.
    """

    repo_id: str
    version: str
    status: Status
    private: bool
    actions: Sequence[Action]
    commit: str | None = None
    pull_request: int | None = None
    gate: str = "no"
    """The repository's gate, once all is done: `no`, `auto` or `manual`."""
    anonymous: bool = False
    """Whether there was no token: a private repository of that name would not have been seen."""
    hidden: bool = False
    """Whether a gate hid what is published: its name and its splits were not compared."""


def push(folder: Path, target: Target, wishes: Wishes, *, dry_run: bool = False) -> Pushed:
    """Push the release in `folder`. With `dry_run`, only say what would be done.

    Nothing but a dry run goes without a token: it then says what an anonymous reader can know.
    Raises UserError with what to do; `main` and all tags are then as they were, or the new
    version whole.
    """
    check_repo_id(target.repo_id)
    if wishes.private and wishes.public:
        raise UserError("--private and --public exclude each other: give one of them")
    local.glance(folder)
    if not dry_run:
        require(target.token)
    target.tell(Action("verify", str(folder)))
    release = local.load(folder)
    with connected(target.endpoint, target.token, target.patience, quiet=target.quiet) as api:
        run = _Run(api, release, target, wishes)
        return run.planned() if dry_run else run.push()


class _Run:
    """One push. `plan` is what was left to do when it began."""

    def __init__(self, api: HfApi, release: Local, target: Target, wishes: Wishes) -> None:
        self.api, self.release, self.target, self.wishes = api, release, target, wishes
        # The first call says within seconds whether there is a Hub at all.
        patience = target.patience if target.token else target.patience.quick()
        self.repository = Repository(api, target.repo_id, patience)
        self.author = identify(api, target.patience) if target.token else ""
        self.plan, remote = decide.make(self.repository, release, wishes, self._how_it_differs)
        self.private = remote is None or remote.private
        self.gate = self.plan.gate or (remote.gate if remote else "no")
        self.actions = tuple(self.plan.actions(wishes))

    def planned(self) -> Pushed:
        return self._ended("planned")

    def push(self) -> Pushed:
        head = self.plan.head or self._create()
        if self.plan.gate:
            self._begin("gate")
            gate = False if self.plan.gate == "no" else self.plan.gate
            steps.configure(self.repository, f"gate {self.repository.id}", gated=gate)
        if self.wishes.pull_request and not self.plan.unchanged:
            return self._propose()
        commit = None if self.plan.unchanged else self._publish(head)
        if self.plan.make_public:
            self._begin("publish")
            steps.configure(self.repository, f"make {self.repository.id} public", private=False)
            self.private = False
        if any(action.action == "delete" for action in self.actions):
            self._begin("delete")
            steps.remove_branch(self.repository, self.release.version.staging)
        return self._ended("published" if commit else "unchanged", commit)

    def _create(self) -> str:
        self._begin("create")
        return steps.create(self.repository)

    def _publish(self, head: str) -> str:
        """`main` and tag; the commit that both name."""
        commit = head
        if self.plan.on_main:
            staged = self._stage(head)
            self._load_back(staged)
            self._begin("commit")
            commit = publish.commit(self.repository, self.release, self.plan.on_main, head, staged)
        else:
            # A run that was stopped, or a merged pull request, has put it there.
            self._load_back(head)
        self._begin("tag")
        publish.tag(self.repository, self.release.version, commit)
        return commit

    def _stage(self, head: str) -> str:
        """The commit of the staging branch once it holds the release."""
        name = self.release.version.staging
        self._begin("upload")
        if not self.plan.tidy:
            steps.branch(self.repository, name, head)
        return steps.upload(self.repository, self.release, name, self.plan.on_staging)

    def _load_back(self, commit: str) -> None:
        self._begin("load back")
        target = self.target
        read_back = target.read_back or FreshProcess(target.endpoint, target.token, target.quiet)
        confirm(read_back, target.repo_id, commit, self.release, target.patience)

    def _propose(self) -> Pushed:
        """A pull request that holds the release, ready to be merged."""
        if not self.plan.on_main:
            raise UserError(
                f"main of {self.repository.id} holds this release already. Run the same command "
                f"without --pr to tag it {self.release.version.tag}"
            )
        self._begin("upload")
        number = pull_request.find_or_open(self.repository, self.release, self.author)
        revision = f"refs/pr/{number}"
        changes = self.repository.changes(self.release, revision)
        commit = steps.upload(self.repository, self.release, revision, changes)
        self._load_back(commit)
        pull_request.make_ready(self.repository, number)
        return self._ended("pull_request", commit, number)

    def _how_it_differs(self, revision: str) -> str:
        return how_it_differs(self.repository, revision, self.release.folder)

    def _begin(self, action: str) -> None:
        for one in self.actions:
            if one.action == action:
                self.target.tell(one)

    def _ended(
        self, status: Status, commit: str | None = None, number: int | None = None
    ) -> Pushed:
        release, target = self.release, self.target
        return Pushed(
            repo_id=target.repo_id,
            version=str(release.version),
            status=status,
            private=self.private,
            actions=self.actions,
            commit=commit,
            pull_request=number,
            gate=self.gate,
            anonymous=not target.token,
            hidden=self.plan.hidden,
        )
