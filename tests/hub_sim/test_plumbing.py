from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from vsfa_data.hub_sim import plumbing
from vsfa_data.hub_sim.plumbing import GitError, blob_id


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    plumbing.run(tmp_path, "init", "--quiet", "--bare", "--template=")
    return tmp_path


@pytest.mark.parametrize("name", ['b "c"', "a\\nb", "new\nline", "é", " space ", "x" * 200])
def test_any_name_arrives_as_it_is(bare: Path, name: str) -> None:
    path = f"folder/{name}"
    made = plumbing.commit(bare, None, {path: b"\0data\n"}, [], ("me", 1), "Add")
    said = plumbing.run(bare, "ls-tree", "-r", "-z", "--name-only", made)
    assert said.decode() == path + "\0"
    assert plumbing.run(bare, "rev-parse", f"{made}:{path}").decode().strip() == blob_id(
        b"\0data\n"
    )
    assert plumbing.run(bare, "log", "-1", "--format=%at", made) == b"1\n"
    emptied = plumbing.commit(bare, made, {}, [path], ("me", 2), "Remove")
    assert plumbing.run(bare, "ls-tree", "-r", emptied) == b""
    assert plumbing.run(bare, "for-each-ref") == b""


@pytest.mark.parametrize("path", ["../out", ".git/config", "a/../../b", "a//b", "", "a/.GIT/x"])
def test_a_path_out_of_the_tree_is_refused(bare: Path, path: str) -> None:
    with pytest.raises(GitError, match="is no path of a file"):
        plumbing.commit(bare, None, {path: b"x"}, [], ("me", 1), "Add")
    assert subprocess.run(["git", "-C", str(bare), "fsck", "--strict"]).returncode == 0


def test_what_git_says_when_it_refuses(bare: Path) -> None:
    with pytest.raises(GitError, match="unknown"):
        plumbing.run(bare, "cat-file", "blob", "unknown")


def test_settings_of_the_user_do_not_count(
    bare: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "gitconfig").write_text("[core]\n\tbare = nonsense\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    assert plumbing.run(bare, "rev-parse", "--is-bare-repository") == b"true\n"
