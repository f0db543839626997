from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vsfa_data import resources
from vsfa_data.collect import walking
from vsfa_data.collect.source import Candidate
from vsfa_data.collect.sources.folder import FolderSource
from vsfa_data.errors import UserError

ODD = {
    b"a b.png": "a b.png",
    b"back\\slash.png": r"back\x5cslash.png",
    b"back\\xff.png": r"back\x5cxff.png",
    b"back\xff.png": r"back\xff.png",
    "b\u00e4r.png".encode(): "b\u00e4r.png",
    "ba\u0308r.png".encode(): "ba\u0308r.png",
    b'dou"ble.png': 'dou"ble.png',
    b"new\nline.png": "new\nline.png",
    b"quo'te.png": "quo'te.png",
    b"surrogate\xed\xa0\x80.png": r"surrogate\xed\xa0\x80.png",
}


def example(tmp_path: Path) -> Iterator[FolderSource]:
    """For the contract that all sources keep."""
    touch(tmp_path / "images", *(f"{number}.png" for number in range(3)))
    yield source(tmp_path / "images", license="MIT")


def source(path: Path | str, **options: Any) -> FolderSource:
    return FolderSource(FolderSource.Options(path=str(path), **options))


def references(path: Path | str, **options: Any) -> list[str]:
    return [found.source_ref for found in source(path, **options).iterate()]


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())


def message(found: FolderSource) -> str:
    said = set()
    for act in (lambda: list(found.iterate()), found.snapshot, found.length):
        with pytest.raises(UserError) as caught:
            act()
        said.add(str(caught.value))
    assert len(said) == 1
    return said.pop()


def test_files_in_the_byte_order_of_their_paths(tmp_path: Path) -> None:
    names = ["B.png", "a-b/x.png", "a.png", "a/b/c.png", "a/b.png", "a0.png", "\u00e4.png", "z.txt"]
    touch(tmp_path, *reversed(names))
    assert references(tmp_path) == sorted(names, key=str.encode)
    assert source(tmp_path).length() == len(names)


def test_what_is_and_is_not_a_candidate(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    touch(inside, "picture.png", "notes.txt", "empty/.keep", ".hidden.png", ".git/x.png")
    touch(outside, "secret.png")
    (inside / "link.png").symlink_to(outside / "secret.png")
    (inside / "alias.png").symlink_to("picture.png")
    (inside / "dangling.png").symlink_to("nothing")
    (inside / "linked").symlink_to(outside, target_is_directory=True)
    (inside / "loop").symlink_to(inside, target_is_directory=True)
    os.mkfifo(inside / "pipe.png")
    found = source(inside, license="MIT")
    links = ["alias.png", "dangling.png", "link.png", "linked", "loop"]
    refused = dict.fromkeys(links, "a symbolic link") | {"pipe.png": "a special file"}
    assert {one.source_ref: (one.reason, one.detail, one.license) for one in found.iterate()} == {
        **{name: ("not_a_file", what, "MIT") for name, what in refused.items()},
        **dict.fromkeys(("notes.txt", "picture.png"), (None, None, "MIT")),
    }
    assert (found.length(), found.hidden()) == (8, 3)  # .hidden.png, .git and empty/.keep
    # A link whose table speaks of it is refused once, and one to the table itself is none.
    (inside / "table.csv").symlink_to(tmp_path / "credits.csv")
    (tmp_path / "credits.csv").write_text("file,license\nlink.png,MIT\npicture.png,MIT\n")
    told = [one.source_ref for one in source(inside, sidecar=str(inside / "table.csv")).iterate()]
    assert told == sorted([*refused, "notes.txt", "picture.png"])


def test_a_file_that_only_the_sidecar_knows_is_counted_and_never_read(tmp_path: Path) -> None:
    touch(tmp_path / "in", "b.png")
    touch(tmp_path, "secret.png")
    table = tmp_path / "credits.csv"
    touch(tmp_path / "in", "sub/.c.png")
    table.write_text("file,license\nz.png,MIT\nb.png,MIT\nsub/.c.png,MIT\n../secret.png,MIT\n")
    found = source(tmp_path / "in", sidecar=str(table))
    listed = [(one.source_ref, one.reason, one.path, one.detail) for one in found.iterate()]
    hidden = "hidden files and folders do not count"
    missing = [("../secret.png", hidden), ("sub/.c.png", hidden), ("z.png", None)]
    assert listed == [
        ("b.png", None, tmp_path / "in" / "b.png", None),
        *((name, "missing_file", None, detail) for name, detail in missing),
    ]
    assert found.length() == len(listed)


def test_any_name_has_a_reference_of_its_own_and_leads_to_its_file(tmp_path: Path) -> None:
    for name in ODD:
        (tmp_path / os.fsdecode(name)).write_bytes(name)
    found = list(source(tmp_path).iterate())
    assert [candidate.source_ref for candidate in found] == [ODD[name] for name in sorted(ODD)]
    for candidate, name in zip(found, sorted(ODD), strict=True):
        candidate.source_ref.encode("utf-8")
        assert candidate.path is not None
        assert candidate.path.read_bytes() == name


def test_order_and_references_do_not_depend_on_the_locale(tmp_path: Path) -> None:
    for name in ODD:
        (tmp_path / os.fsdecode(name)).write_bytes(name)
    code = (
        "import json, sys; from vsfa_data.collect.sources.folder import FolderSource as F\n"
        "s = F(F.Options(path=sys.argv[1]))\n"
        "print(json.dumps([[c.source_ref for c in s.iterate()], s.snapshot()]))"
    )
    here = [references(tmp_path), source(tmp_path).snapshot()]
    for settings in ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"LANG": "C"}):
        run = subprocess.run(
            [sys.executable, "-c", code, tmp_path],
            env=settings,
            cwd=resources.PACKAGE.parent,
            capture_output=True,
            check=True,
        )
        assert json.loads(run.stdout) == here


def test_paths_are_absolute_and_relative_ones_start_at_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "images/a.png")
    monkeypatch.chdir(tmp_path)
    assert [found.path for found in source("images").iterate()] == [tmp_path / "images" / "a.png"]


def test_folders_may_be_deeper_than_the_interpreter_recurses(tmp_path: Path) -> None:
    # A low limit rather than a deep tree, which nobody could remove afterwards.
    deep = "/".join(["d"] * 300)
    touch(tmp_path, f"{deep}/a.png")
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 100)
    try:
        found = references(tmp_path)
    finally:
        sys.setrecursionlimit(before)
    assert found == [f"{deep}/a.png"]


def test_defaults_are_for_images_without_a_row(tmp_path: Path) -> None:
    touch(tmp_path / "images", "a.png", "b.png", "c.png")
    sidecar = tmp_path / "credits.csv"
    sidecar.write_text("file,license,title\na.png,CC-BY-4.0,Bär\nb.png,,\n", encoding="utf-8")
    options = {"license": "CC0-1.0", "license_url": "https://example.org/0", "attribution": "Ann"}
    found = list(source(tmp_path / "images", sidecar=str(sidecar), **options).iterate())
    images, known = tmp_path / "images", {"license_url": "https://example.org/0"}
    assert found == [
        Candidate(
            "a.png", images / "a.png", None, "CC-BY-4.0", attribution="Ann", title="Bär", **known
        ),
        Candidate("b.png", images / "b.png", None, None, attribution="Ann", **known),
        Candidate("c.png", images / "c.png", None, "CC0-1.0", attribution="Ann", **known),
    ]


def test_licence_is_unknown_without_sidecar_and_default(tmp_path: Path) -> None:
    touch(tmp_path, "a.png")
    assert list(source(tmp_path).iterate()) == [Candidate("a.png", tmp_path / "a.png")]


def test_sidecar_among_the_images_is_no_candidate(tmp_path: Path) -> None:
    touch(tmp_path, "sub/a.png", "metadata.csv", "sub/metadata.csv")
    (tmp_path / "metadata.csv").write_text("file,license\nsub/a.png,CC0-1.0\n")
    found = list(source(tmp_path, sidecar=str(tmp_path / "metadata.csv")).iterate())
    assert [(c.source_ref, c.license) for c in found] == [
        ("sub/a.png", "CC0-1.0"),
        ("sub/metadata.csv", None),
    ]


def test_sidecar_names_odd_files_by_their_reference(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"back\xff.png")).touch()
    (tmp_path / "credits.jsonl").write_text(json.dumps({"file": r"back\xff.png", "license": "MIT"}))
    found = list(source(tmp_path, sidecar=str(tmp_path / "credits.jsonl")).iterate())
    assert [candidate.license for candidate in found] == ["MIT"]


def test_sidecar_may_spell_names_as_another_system_does(tmp_path: Path) -> None:
    composed, apart = "caf\u00e9", "cafe\u0301"
    touch(tmp_path / "in", f"{apart}/a b.png", f"{composed}.png", "both.png", f"x{composed}.png")
    touch(tmp_path / "in", f"x{apart}.png", "sub/x.png")
    table = tmp_path / "credits.csv"
    names = (
        rf"{composed}\a b.png",
        f"{apart}.png",
        "both.png",
        f"x{composed}.png",
        "gone\u00e9.png",
    )
    table.write_text(
        "\n".join(["file,license", *(f"{name},MIT" for name in names), r"sub\x.png,MIT"])
    )
    found = source(tmp_path / "in", sidecar=str(table))
    assert {one.source_ref: one.license or one.reason for one in found.iterate()} == {
        f"{apart}/a b.png": "MIT",
        f"{composed}.png": "MIT",
        "both.png": "MIT",
        f"x{composed}.png": "MIT",
        f"x{apart}.png": None,  # another file of the same folder, of which nothing is said
        "sub/x.png": "MIT",
        "gone\u00e9.png": "missing_file",
    }
    assert found.length() == 7
    table.write_text("file,license\nin\\sub\\x.png,MIT")
    licensed = [one.source_ref for one in found.iterate() if one.license]
    assert licensed == ["sub/x.png"]


def test_sidecar_that_names_no_file_of_the_folder(tmp_path: Path) -> None:
    touch(tmp_path / "images", "a.png")
    sidecar = tmp_path / "credits.csv"
    sidecar.write_text("file,license\nother.png,MIT\n")
    with pytest.raises(UserError) as caught:
        references(tmp_path / "images", sidecar=str(sidecar))
    assert str(caught.value) == (
        f"sidecar {sidecar} names no file of {tmp_path / 'images'}; its column 'file' holds paths "
        f"relative to that folder or to the sidecar: correct it, or say "
        f"collect.sources.N.sidecar=null"
    )


def test_snapshot_tells_changes_and_nothing_else(tmp_path: Path) -> None:
    touch(tmp_path / "images", "a.png", "b/c.png")
    sidecar = tmp_path / "credits.csv"
    sidecar.write_text("file\na.png\n")
    seen = {source(tmp_path / "images").snapshot()}

    def snapshot() -> str:
        return source(tmp_path / "images", sidecar=str(sidecar)).snapshot()

    def is_new() -> bool:
        before = len(seen)
        seen.add(snapshot())
        return len(seen) == before + 1 and snapshot() in seen

    assert is_new()
    (tmp_path / "images" / "a.png").write_bytes(b"longer than before")
    assert is_new()
    os.utime(tmp_path / "images" / "a.png", ns=(1, 1))
    assert is_new()
    same = (tmp_path / "images" / "a.png").read_bytes().swapcase()
    (tmp_path / "images" / "a.png").write_bytes(same)
    os.utime(tmp_path / "images" / "a.png", ns=(1, 1))
    assert is_new()
    os.utime(sidecar, ns=(2, 2))
    assert not is_new()
    sidecar.write_text("file\nz.png\n")
    os.utime(sidecar, ns=(2, 2))
    assert is_new()
    (tmp_path / "images" / "a.png").chmod(0)
    assert is_new()
    (tmp_path / "images" / "a.png").rename(tmp_path / "images" / "z.png")
    assert is_new()
    touch(tmp_path / "images", ".hidden")
    assert not is_new()
    moved = (tmp_path / "images").rename(tmp_path / "elsewhere")
    assert source(moved, sidecar=str(sidecar)).snapshot() in seen


def test_a_file_that_vanishes_while_it_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "a.png", "b.png")
    before, entries = source(tmp_path).snapshot(), walking._entries

    def vanishing(*place: bytes) -> Any:
        found = entries(*place)
        (tmp_path / "b.png").unlink()
        return found

    monkeypatch.setattr(walking, "_entries", vanishing)
    during = source(tmp_path).snapshot()
    monkeypatch.setattr(walking, "_entries", entries)
    assert len({before, during, source(tmp_path).snapshot()}) == 3


def test_roots_are_absolute_and_free_of_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "images/a.png")
    (tmp_path / "link").symlink_to("images", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    for path in ("images", "link", "./link/../images"):
        assert source(path).roots() == (tmp_path.resolve() / "images",)


def test_folder_that_does_not_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert message(source("nowhere")) == (
        f"image folder {tmp_path / 'nowhere'} does not exist; "
        f"set 'path' of the source to a folder of images"
    )


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    touch(tmp_path, "a.png")
    assert message(source(tmp_path / "a.png")) == (
        f"image folder {tmp_path / 'a.png'} is not a folder; "
        f"set 'path' of the source to a folder of images"
    )


def test_folder_that_holds_no_files(tmp_path: Path) -> None:
    touch(tmp_path, ".hidden", "sub/.hidden")
    (tmp_path / "link").symlink_to(".hidden")
    assert message(source(tmp_path)) == (
        f"image folder {tmp_path} holds no files (hidden files and links do not count); "
        f"put images into it or name another one ('path' of the source)"
    )


def test_folder_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "sub/a.png")
    scandir = os.scandir

    def refuse(path: bytes) -> Any:
        if path.endswith(b"sub"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert message(source(tmp_path)) == (
        f"image folder {tmp_path / 'sub'} cannot be listed (Permission denied); "
        f"make it readable or name another one ('path' of the source)"
    )


def test_missing_sidecar_is_noticed_by_the_snapshot_too(tmp_path: Path) -> None:
    touch(tmp_path, "a.png")
    missing = source(tmp_path, sidecar=str(tmp_path / "gone.csv"))
    for act in (missing.snapshot, lambda: list(missing.iterate())):
        with pytest.raises(UserError, match=r"sidecar .*gone\.csv is not a file; set 'sidecar'"):
            act()


def test_sample_of_the_package_has_a_licence_for_every_image() -> None:
    sample = source("package:sample/images", sidecar="package:sample/sample.csv")
    found = list(sample.iterate())
    assert len(found) == sample.length() > 50
    assert [c.source_ref for c in found if not (c.license and c.title and c.attribution)] == []


def test_what_is_not_there_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        source(tmp_path / "nosuch").require()
    touch(tmp_path, "a.png")
    source(tmp_path).require()
    with pytest.raises(UserError, match=r"nosuch\.csv is not a file"):
        source(tmp_path, sidecar=str(tmp_path / "nosuch.csv")).require()
