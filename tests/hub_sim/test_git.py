from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from vsfa_data.hub_sim import pointers
from vsfa_data.hub_sim.git import MAIN, Repository, StaleError, hub_time

ODD = 'a folder/b "c"\n\\é.txt'


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository.create(tmp_path / "git", {"first.txt": b"1"}, "me")


def head(repository: Repository) -> str:
    return repository.refs()[MAIN]


def test_what_is_written_is_what_git_itself_reads(repository: Repository, tmp_path: Path) -> None:
    large = pointers.render("ab" * 32, 12345)
    made = repository.write(head(repository), {ODD: b"\0\xff", "x.parquet": large}, [], "me", "Add")
    repository.update(MAIN, head(repository), made)
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(repository.path), str(clone)], check=True)
    assert (clone / ODD).read_bytes() == b"\0\xff"
    assert (clone / "x.parquet").read_bytes() == large
    checked = subprocess.run(["git", "-C", str(repository.path), "fsck", "--strict"])
    assert checked.returncode == 0


@pytest.mark.parametrize(
    "message", ["Add", "Add\n", "Two\nlines\n\nand a body\n\nof two", "é (#3)\n"]
)
def test_what_it_knows_of_a_commit_is_what_git_says(repository: Repository, message: str) -> None:
    made = repository.write(head(repository), {"a": b"2"}, [], "me", message)
    again = Repository(repository.path)
    assert repository.log(made) == again.log(made)
    assert len(again.log(made)) == 2
    assert {oid: again.blob(oid) for oid in repository._blobs} == repository._blobs
    assert len(repository._blobs) == 2


def test_a_folder_named_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = Repository.create(Path("out/git"), {"first.txt": b"1"}, "me")
    assert [*made.tree(head(made))] == ["first.txt"]


def test_a_tree_knows_sizes_and_what_is_behind_pointers(repository: Repository) -> None:
    large = pointers.render("ab" * 32, 12345)
    made = repository.write(head(repository), {"d/x": large, "d/y": b"yy"}, [], "me", "Add")
    tree = repository.tree(made)
    assert [*tree] == ["d", "d/x", "d/y", "first.txt"]
    assert tree["d"].is_folder
    assert (tree["d/x"].size, tree["d/y"].size) == (12345, 2)
    assert tree["d/x"].lfs == pointers.Pointer("ab" * 32, 12345, len(large))
    assert tree["d/y"].oid == hashlib.sha1(b"blob 2\0yy", usedforsecurity=False).hexdigest()
    assert repository.blob(tree["d/y"].oid) == b"yy"


def test_files_go_and_the_history_stays(repository: Repository) -> None:
    before = head(repository)
    made = repository.write(before, {"second.txt": b"2"}, ["first.txt"], "you", "Swap\n\nBecause.")
    repository.update(MAIN, before, made)
    assert [*repository.tree(made)] == ["second.txt"]
    newest, oldest = repository.log(made)
    assert (newest.title, newest.message, newest.author) == ("Swap", "Because.", "you")
    assert oldest.oid == before
    assert [commit.oid for commit in repository.log(made, "first.txt", limit=1)] == [made]


def test_writing_moves_no_reference(repository: Repository) -> None:
    before = repository.refs()
    repository.write(head(repository), {"a": b""}, [], "me", "Add")
    assert Repository(repository.path).refs() == before


def test_a_reference_moves_only_from_where_it_is(repository: Repository) -> None:
    first = head(repository)
    second = repository.write(first, {"a": b""}, [], "me", "Add")
    repository.update(MAIN, first, second)
    with pytest.raises(StaleError):
        repository.update(MAIN, first, second)
    with pytest.raises(StaleError):
        repository.update("refs/heads/main", None, second)
    assert head(repository) == second


def test_names_of_commits(repository: Repository) -> None:
    first = head(repository)
    repository.update("refs/heads/a/b", None, first)
    repository.update("refs/pr/1", None, first)
    repository.tag("v1", first, "me", "with a message")
    repository.tag("v2", first, "me", None)
    for name in ("main", "a/b", "v1", "v2", "refs/pr/1", "refs/tags/v1", first):
        assert repository.resolve(name) == first, name
    for name in ("a", "v3", "f" * 40, first[:7], "main~0", "--all"):
        assert repository.resolve(name) is None, name
    for name in ("refs/tags/v1", "refs/heads/a/b"):
        repository.delete(name)
        assert repository.resolve(name) is None


def test_times_are_written_as_the_hub_writes_them() -> None:
    assert hub_time(0.25) == "1970-01-01T00:00:00.250Z"
