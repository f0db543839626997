"""Every kind of fault at every single call of a push: main and tags are whole at any moment.

Whether the push gets through or gives up, and whether an answer came or not: `main` holds the old
version whole or the new one, the tag only ever names the new one, old tags stay, and the next run
finishes without sending a blob that had arrived.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest

from tests.release.hub.releases import HASTY, Pusher, copied
from vsfa_data.errors import UserError
from vsfa_data.hub_sim.faults import KINDS, Call, Fault, Faults
from vsfa_data.hub_sim.server import Running
from vsfa_data.hub_sim.storage import Repo
from vsfa_data.release.hub import local
from vsfa_data.release.hub.fresh import Seen
from vsfa_data.release.hub.session import Patience
from vsfa_data.release.manifest import describe

MAIN, NEW_TAG = "refs/heads/main", "refs/tags/v1.1.0"
_CASES = itertools.count(1)
_CALLS: dict[tuple[tuple[str, Any], ...], list[Call]] = {}
UNHURRIED = dataclasses.replace(HASTY, read_s=20, write_s=20)
STALLED_S, CLIENTS_OWN_S = 0.05, 0.25
BUSY = ("429", "500", "502", "503", "504")
"""Alike to everybody concerned: `busy` takes them in turn."""
UNSURE = ("403", "412")
"""All other kinds pass by themselves: no reason to give up, wherever they strike."""


@dataclass(frozen=True)
class ShortAtOnce(Patience):
    """Bears silence for a moment at call `number`, where it is due, and long at all others."""

    faults: Faults = field(default_factory=Faults)
    number: int = 0

    def __getattribute__(self, name: str) -> Any:
        if name in ("read_s", "write_s") and len(self.faults.calls) + 1 == self.number:
            return STALLED_S
        return super().__getattribute__(name)


@dataclass
class Case:
    """One repository, before a push, and the releases that it may hold."""

    hub: Running
    pusher: Pusher
    old: dict[str, str]
    new: dict[str, str]
    folder: Path
    wishes: dict[str, Any] = field(default_factory=dict)

    @property
    def repo(self) -> Repo:
        found = self.hub.hub.storage.find("datasets", *self.pusher.repo_id.split("/"))
        assert found is not None
        return found

    @property
    def folder_on_hub(self) -> Path:
        return self.hub.hub.storage.root / "datasets" / self.pusher.repo_id

    def push(self) -> str:
        return self.pusher.push(self.folder, **self.wishes).status

    def content(self, commit: str) -> dict[str, str]:
        return content(self.repo, commit)

    def check(self) -> None:
        """What must hold at any moment, of every move that any reference has ever made."""
        for repo_id, ref, commit in self.hub.hub.history:
            assert repo_id == self.pusher.repo_id
            if ref == MAIN:
                assert self.content(commit) in (self.old, self.new), ref
            elif ref == NEW_TAG:
                assert self.content(commit) == self.new
            else:
                assert ref.startswith(("refs/heads/staging-", "refs/pr/")), ref

    def check_finished(self) -> None:
        refs = self.repo.git.refs()
        if self.wishes.get("pull_request"):
            assert sorted(refs) == [MAIN, "refs/pr/1", "refs/tags/v1.0.0"]
            assert self.content(refs[MAIN]) == self.old
            assert self.content(refs["refs/pr/1"]) == self.new
            assert [one.status for one in self.repo.about.discussions] == ["open"]
            return
        assert self.content(refs[MAIN]) == self.new
        assert refs[NEW_TAG] == refs[MAIN]
        assert not [ref for ref in refs if "staging" in ref]
        assert len([ref for _, ref, _ in self.hub.hub.history if ref == MAIN]) == 1


def content(repo: Repo, commit: str) -> dict[str, str]:
    """Name -> sha256 of its content, straight from the repository on disk."""
    found = {}
    for path, entry in repo.git.tree(commit).items():
        if not entry.is_folder and path != ".gitattributes":
            large = repo.large_file(entry.lfs.sha256) if entry.lfs else None
            found[path] = describe(large).sha256 if large else _sha256(repo.git.blob(entry.oid))
    return found


@functools.cache
def _sha256(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def sums(folder: Path) -> dict[str, str]:
    return {name: file.sha256 for name, file in local.load(folder).files.items()}


@pytest.fixture
def case(hub: Running, first: Path, second: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """`case()` -> a repository of its own that holds version 1.0.0."""
    # No certificate is needed here, and reading them takes a fifth of a push.
    monkeypatch.setattr(ssl, "create_default_context", functools.cache(ssl.create_default_context))
    # The client's own limits, where it has any, are ten seconds.
    for name in ("HF_HUB_ETAG_TIMEOUT", "HF_HUB_DOWNLOAD_TIMEOUT"):
        monkeypatch.setattr(f"huggingface_hub.constants.{name}", CLIENTS_OWN_S)
    # One upload after the other: a call's number then means the same call in every push.
    several = huggingface_hub.utils.hf_thread_map

    def one_by_one(*work: Any, **options: Any) -> Any:
        return several(*work, **options | {"max_workers": 1})

    monkeypatch.setattr(huggingface_hub.utils, "hf_thread_map", one_by_one)
    # The release is the same each time: checked once.
    loaded = functools.cache(local.load)
    monkeypatch.setattr(local, "load", loaded)
    template = Pusher(hub, f"team/template{next(_CASES)}")
    template.push(first)
    old, new = sums(first), sums(second)

    def make(*, empty: bool = False, **wishes: Any) -> Case:
        pusher = Pusher(hub, f"team/case{next(_CASES)}", patience=UNHURRIED)
        if not empty:
            copied(hub, template.repo_id, pusher.repo_id)
        made = Case(hub, pusher, {} if empty else old, new, second, wishes)
        made.pusher.read_back = functools.partial(see, made)  # type: ignore[method-assign]
        hub.faults.forget()
        hub.hub.history.clear()
        return made

    yield make
    assert loaded.cache_info().misses <= 2


def see(case: Case, repo_id: str, commit: str) -> Seen:
    """What is in the repository, without a call: those of reading back have a loop of their own."""
    assert repo_id == case.pusher.repo_id
    return Seen([], loaded_fingerprint(case.folder), case.content(commit))


def loaded_fingerprint(folder: Path) -> str:
    return local.load(folder).made.fingerprint


def calls_of(make: Callable[..., Case], **wishes: Any) -> list[Call]:
    """All calls of a push in which nothing goes wrong: the same ones each time."""
    known = tuple(sorted(wishes.items()))
    if known not in _CALLS:
        case = make(**wishes)
        case.push()
        case.check_finished()
        _CALLS[known] = list(case.hub.faults.calls)
    return list(_CALLS[known])


def attempt(case: Case, fault: Fault) -> bool:
    """A push with that fault, then, if it gave up, one without. Whether it got through."""
    case.hub.faults.rules = [fault]
    try:
        case.push()
        through, said = True, ""
    except UserError as error:
        through, said = False, str(error)
    case.check()
    assert "\n" not in said
    if not through:
        arrived = {path.name for path in case.folder_on_hub.rglob("lfs/*/*/*")}
        case.hub.faults.forget()
        case.push()
        case.check()
        sent = {Path(c.path).name for c in case.hub.faults.calls if c.endpoint == "upload"}
        assert not sent & arrived
    return through


def strike(make: Callable[..., Case], kind: str, calls: Sequence[Call], **wishes: Any) -> None:
    """One push for each of `calls`, in which that call goes wrong."""
    through = []
    for call in calls:
        case = make(**wishes)
        one = BUSY[call.number % len(BUSY)] if kind == "busy" else kind
        if kind == "stall":
            case.pusher.patience = ShortAtOnce(
                **vars(UNHURRIED), faults=case.hub.faults, number=call.number
            )
        through.append(attempt(case, Fault(one, call.number)))
        case.check_finished()
    stopped = [call for call, passed in zip(calls, through, strict=True) if not passed]
    assert bool(stopped) == (kind in UNSURE), stopped


@pytest.mark.parametrize("kind", KINDS)
def test_the_next_version(case: Any, kind: str) -> None:
    strike(case, kind, calls_of(case))


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_repository(case: Any, kind: str) -> None:
    wishes = {"empty": True, "public": True, "gate": "manual"}
    calls = calls_of(case, **wishes)
    # What it does beyond the next version of a repository.
    ends = next(call.number for call in calls if call.endpoint == "create-branch")
    more = [call for call in calls if call.number < ends or call.endpoint == "settings"]
    assert [call.endpoint for call in more] == [
        *("whoami", "info", "info", "create-repo", "info", "refs", "settings", "settings")
    ]
    strike(case, kind, more, **wishes)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["busy", "403", "lost", "dying"])
def test_all_of_a_new_repository(case: Any, kind: str) -> None:
    wishes = {"empty": True, "public": True, "gate": "manual"}
    strike(case, kind, calls_of(case, **wishes), **wishes)


@pytest.mark.parametrize("kind", KINDS)
def test_a_pull_request(case: Any, kind: str) -> None:
    own = [call for call in calls_of(case, pull_request=True) if is_of_pull_request(call)]
    assert [call.endpoint for call in own] == [
        *("discussions", "create-discussion", "discussion", "tree", "tree", "preupload"),
        *("commit", "revision", "discussion", "discussion-status"),
    ]
    strike(case, kind, own, pull_request=True)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_uploads_of_a_pull_request(case: Any, kind: str) -> None:
    calls = calls_of(case, pull_request=True)
    opened = next(call.number for call in calls if call.endpoint == "create-discussion")
    # Before that, a push asks what it asks without --pr, too.
    others = [call for call in calls[opened:] if not is_of_pull_request(call)]
    strike(case, kind, others, pull_request=True)


def is_of_pull_request(call: Call) -> bool:
    """Whether a push makes that call with --pr alone, or then speaks of another revision."""
    return "discussion" in call.endpoint or "refs/pr/1" in call.path
