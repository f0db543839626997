import os
from pathlib import Path

import pytest

from vsfa_data.errors import UserError
from vsfa_data.release import inventory, manifest
from vsfa_data.release.inventory import ManifestError


def test_locate(release: Path, tmp_path: Path) -> None:
    assert inventory.locate(release) == release
    assert inventory.locate(release.parent) == release
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"empty has no manifest\.json, so there is no release"):
        inventory.locate(tmp_path / "empty")
    with pytest.raises(UserError, match="nowhere does not exist"):
        inventory.locate(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file: Invalid JSON: EOF"),
        (b"[1, 2", "the file: Invalid JSON: EOF"),
        (b"\xff\xfe", "the file: Invalid JSON"),
        (b"[" * 100_000, "the file: Invalid JSON: recursion limit exceeded"),
        (b"[]", "the file: Input should be an object"),
        (b'{"format_version": 9}', "format_version: Input should be 1"),
        (b'{"format_version": ' + b"9" * 5000 + b"}", "the file: Invalid JSON: number"),
        (b"{}", "name: Field required"),
    ],
)
def test_a_manifest_that_is_none(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(ManifestError) as caught:
        inventory.read_manifest(tmp_path)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_huge_manifest_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "MAX_MANIFEST_BYTES", 10)
    (tmp_path / "manifest.json").write_bytes(b"x" * 11)
    with pytest.raises(ManifestError, match="has 11 bytes, more than 10"):
        inventory.read_manifest(tmp_path)


def test_a_manifest_that_is_a_link_or_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").symlink_to("/etc/hostname")
    with pytest.raises(ManifestError, match="is not a plain file"):
        inventory.read_manifest(tmp_path)
    (tmp_path / "manifest.json").unlink()
    os.mkfifo(tmp_path / "manifest.json")
    with pytest.raises(ManifestError, match="is not a plain file"):
        inventory.read_manifest(tmp_path)


def test_what_the_hub_adds_is_no_problem(release: Path) -> None:
    (release / ".gitattributes").write_text("*.parquet filter=lfs\n")
    (release / ".cache" / "huggingface" / "download").mkdir(parents=True)
    (release / ".cache" / "huggingface" / "download" / "x.metadata").touch()
    made = inventory.read_manifest(release)
    assert inventory.check_files(release, made) == (set(made.files), [])


@pytest.mark.parametrize(
    "name",
    [
        "../secret",
        "/etc/passwd",
        "threat/../../secret",
        "a\\b",
        "C:x",
        "",
        ".",
        "./README.md",
        "threat//x",
        "a\nb",
        "manifest.json",
        "a/b/c/d/e",
    ],
)
def test_paths_that_lead_elsewhere_are_refused_unread(release: Path, name: str) -> None:
    (release.parent / "secret").write_text("x")
    made = inventory.read_manifest(release)
    listed = manifest.describe(release.parent / "secret")
    made = made.model_copy(update={"files": made.files | {name: listed}})
    sound, problems = inventory.check_files(release, made)
    assert name not in sound
    assert problems == [f"manifest.json: lists the path {name!r}, refused"]


def test_links_pipes_and_deep_folders_are_named(release: Path) -> None:
    (release / "threat" / "link").symlink_to("/etc/passwd")
    (release / "linked").symlink_to(release / "threat")
    os.mkfifo(release / "pipe")
    (release / "a" / "b" / "c" / "d" / "e").mkdir(parents=True)
    _, problems = inventory.check_files(release, inventory.read_manifest(release))
    assert problems == [
        "a/b/c/d: a folder that lies too deep",
        "linked: a symbolic link; a release holds plain files only",
        "pipe: not a plain file",
        "threat/link: a symbolic link; a release holds plain files only",
    ]


def test_a_listed_file_replaced_by_a_link(release: Path) -> None:
    readme = release / "README.md"
    readme.rename(release.parent / "README.md")
    readme.symlink_to(release.parent / "README.md")
    sound, problems = inventory.check_files(release, inventory.read_manifest(release))
    assert "README.md" not in sound
    assert problems == ["README.md: a symbolic link; a release holds plain files only"]


@pytest.mark.parametrize(
    "name",
    [
        *("manifest.json", "charts/funnel.png", "charts/.DS_Store", ".gitattributes"),
        *(".cache/huggingface/download/x.lock", "text/validation-00000-of-00012.parquet"),
    ],
)
def test_files_that_a_release_may_have(name: str) -> None:
    assert inventory.is_of_a_release(name)


@pytest.mark.parametrize(
    "name",
    [
        *("notes.txt", "README.md.bak", "charts/mine.svg", "threat/notes.parquet"),
        *(".gitattributes2", "a/manifest.json"),
    ],
)
def test_files_of_somebody(name: str) -> None:
    assert not inventory.is_of_a_release(name)


def test_every_file_of_a_release_is_one(release: Path) -> None:
    names = [p.relative_to(release).as_posix() for p in release.rglob("*") if p.is_file()]
    assert len(names) > 8
    assert all(map(inventory.is_of_a_release, names))
