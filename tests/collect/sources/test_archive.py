from __future__ import annotations

import hashlib
import json
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.collect.archive.packing import PACKERS, entry, tar, zipped
from tests.collect.fetch.server import Server, reply
from tests.collect.samples import bomb, encode, photo
from vsfa_data import recipe
from vsfa_data.collect import listing
from vsfa_data.collect.fetch.allowance import VARIABLE
from vsfa_data.collect.source import Candidate
from vsfa_data.collect.sources.archive import ArchiveSource
from vsfa_data.errors import UserError
from vsfa_data.pipeline import Built, Job, Quiet, build

GOOD = encode(photo(), "PNG")
OTHER = encode(photo(90, 70), "JPEG")
SAID = json.dumps({"license": "CC-BY-4.0", "attribution": "Ann", "title": "A slope"}).encode()
FILES = (("0/1.png", GOOD), ("0/1.json", SAID), ("0/2.jpg", OTHER), ("0/2.txt", b"Another"))


def example(tmp_path: Path) -> Iterator[ArchiveSource]:
    """For the contract that all sources keep."""
    twice = (*FILES, FILES[0], entry("link", tarfile.SYMTYPE))
    yield source(write(tmp_path / "set.tar", tar(*twice)[:-9_000]))


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def source(path: Path | str, **options: Any) -> ArchiveSource:
    return ArchiveSource(ArchiveSource.Options(path=str(path), **options))


def listed(path: Path | str, **options: Any) -> list[Candidate]:
    return list(source(path, **options).iterate())


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "data", [zipped(*FILES), *(pack(tar(*FILES)) for pack in PACKERS.values())]
)
def test_images_with_what_stands_beside_them(tmp_path: Path, data: bytes) -> None:
    path = write(tmp_path / "set", data)
    assert listed(path, license="CC0-1.0", license_url="https://x") == [
        Candidate(
            "set#0/1.png",
            data=GOOD,
            license="CC-BY-4.0",
            license_url="https://x",
            attribution="Ann",
            title="A slope",
        ),
        Candidate(
            "set#0/2.jpg",
            data=OTHER,
            license="CC0-1.0",
            license_url="https://x",
            title="Another",
        ),
    ]


def test_other_keys_and_a_series(tmp_path: Path) -> None:
    for number in range(3):
        said = json.dumps({"rights": f"L{number}", "who": "Bo"}).encode()
        data = tar(("1.png", GOOD), ("1.json", said))
        write(tmp_path / f"s-{number:02d}.tar", data)
    found = listed(f"{tmp_path}/s-{{00..02}}.tar", license_key="rights", attribution_key="who")
    assert [(one.source_ref, one.license, one.attribution) for one in found] == [
        (f"s-0{number}.tar#1.png", f"L{number}", "Bo") for number in range(3)
    ]


def test_an_archive_at_an_address(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, f"{server.host}:{server.port}")
    data = PACKERS[".gz"](tar(*FILES))
    url = server.on("/set.tar.gz?key=secret", reply(200, data))
    digest = hashlib.sha256(data).hexdigest()
    public = server.url("/set.tar.gz")
    found = listed(url, sha256=digest)
    assert [one.source_ref for one in found] == [f"{public}#0/1.png", f"{public}#0/2.jpg"]
    with pytest.raises(UserError, match="has the sha256"):
        listed(url, sha256="0" * 64)
    with pytest.raises(UserError, match="too_many_bytes"):
        listed(url, max_archive_bytes=len(data) - 1)
    with pytest.raises(UserError, match=r"is no tar \(plain, \.gz, \.zst\) or zip"):
        listed(server.on("/page", reply(200, b"<html>" * 200)))


def test_snapshot_and_roots(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tar", tar(*FILES))
    before = source(path).snapshot()
    assert source(path).snapshot() == before
    write(path, tar(*FILES[:2]))
    assert source(path).snapshot() != before
    (tmp_path / "link.tar").symlink_to(path)
    assert source(tmp_path / "link.tar").roots() == (path,)
    address = "https://example.org/a-{0..1}.tar"
    assert source(address).roots() == ()
    assert source(address).snapshot() != source(address.replace("1}", "2}")).snapshot()
    assert source(path).length() is None


def test_a_digest_is_of_one_archive() -> None:
    with pytest.raises(UserError, match="means 2; leave it out"):
        source("a-{0..1}.tar", sha256="0" * 64).snapshot()


HOSTILE_TAR = tar(
    ("good.png", GOOD),
    entry("link.png", tarfile.SYMTYPE, linkname="good.png"),
    entry("hard.png", tarfile.LNKTYPE, linkname="good.png"),
    entry("device.png", tarfile.CHRTYPE),
    ("/etc/absolute.png", OTHER),
    ("../out.png", OTHER),
    ("inner.tar", tar(("x.png", OTHER))),
    ("inner.zip", zipped(("x.png", OTHER))),
    ("pixels.png", bomb()),
    ("large.bmp", bytes(300_000)),
    ("unclear.jpg", OTHER),
    ("unclear.json", b"{"),
    ("last.jpg", OTHER),
)


def made(tmp_path: Path, path: Path, **options: Any) -> tuple[Built, dict[str, str]]:
    """A collect run over the archive, and its rejects."""
    data = recipe.load("quickstart").model_dump(mode="json")
    given = {"source": "archive", "path": str(path), "license": "CC0-1.0", **options}
    data["collect"] = {"sources": [given], "min_side_px": 16}
    chosen = recipe.parse(data)
    built = build(Job(chosen, tmp_path / "out", "collect", 0, 4), Quiet())
    rejects = {}
    for file in sorted((tmp_path / "out").rglob("rejects-*.parquet")):
        for row in pq.read_table(file).to_pylist():
            rejects[row["source_ref"].partition("#")[2]] = row["reason"]
    return built, rejects


def test_a_hostile_archive_costs_rows_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    path = write(tmp_path / "set.tar", HOSTILE_TAR)
    built, rejects = made(tmp_path, path, max_member_bytes=200_000)
    assert rejects == {
        "link.png": "not_a_file",
        "hard.png": "not_a_file",
        "device.png": "not_a_file",
        "/etc/absolute.png": "unsafe_name",
        "../out.png": "unsafe_name",
        "inner.tar": "not_an_image",
        "inner.zip": "not_an_image",
        "pixels.png": "too_many_pixels",
        "large.bmp": "too_many_bytes",
        "unclear.jpg": "bad_metadata",
    }
    line = built.funnel["collect"]
    assert (line["in"], line["kept"]) == (12, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here", "out", "set.tar"]
    assert not list((tmp_path / "here").iterdir())


def test_a_damaged_end_and_a_bomb_are_counted(tmp_path: Path) -> None:
    cut = write(tmp_path / "cut.tar", tar(*FILES)[:-9_000])
    found = listed(cut)
    assert (found[-1].source_ref, found[-1].reason) == ("cut.tar", "archive_damaged")
    big = PACKERS[".zst"](tar(("1.png", GOOD), ("2.bmp", bytes(90_000_000))))
    found = listed(write(tmp_path / "bomb.tar.zst", big))
    assert [(one.source_ref, one.reason) for one in found] == [
        ("bomb.tar.zst#1.png", None),
        ("bomb.tar.zst#2.bmp", "too_many_bytes"),
        ("bomb.tar.zst", "archive_bomb"),
    ]


def test_the_same_images_however_they_are_packed(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("a-link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    ids = set()
    for name, data in (("x.tar", tar(*FILES)), ("x.zip", zipped((link, b"x"), *FILES))):
        (tmp_path / name).mkdir()
        built, rejects = made(tmp_path / name, write(tmp_path / name / "set", data))
        assert built.funnel["collect"]["kept"] == 2
        assert rejects == ({} if name == "x.tar" else {"a-link.png": "not_a_file"})
        shards = sorted((tmp_path / name).rglob("collect/part-*.parquet"))
        rows = [row for shard in shards for row in pq.read_table(shard).to_pylist()]
        ids.add(tuple((row["image_id"], row["license"], row["title"]) for row in rows))
    assert len(ids) == 1


def test_out_must_not_be_the_archive(tmp_path: Path) -> None:
    path = write(tmp_path / "set.tar", tar(*FILES))
    data = recipe.load("quickstart").model_dump(mode="json")
    data["collect"] = {"sources": [{"source": "archive", "path": str(path)}]}
    job = Job(recipe.parse(data), path, "collect", 0)
    with pytest.raises(UserError, match="overlap"):
        build(job, Quiet())


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("none.tar", None, "does not exist; set 'path' of the source to a .tar"),
        ("empty.tar", b"", "it ends too early"),
        ("text.tar", b"text" * 999, "a header is not valid"),
        ("cut.zip", zipped(*FILES)[:100], "File is not a zip file"),
    ],
)
def test_what_cannot_be_read_at_all_is_the_users_to_mend(
    tmp_path: Path, name: str, data: bytes | None, said: str
) -> None:
    if data is not None:
        write(tmp_path / name, data)
    with pytest.raises(UserError, match=said.replace(".", r"\.")) as caught:
        listed(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_recipe_names_it() -> None:
    overrides = ["collect.sources=[{source: archive, path: x.tar, license: MIT}]"]
    chosen = recipe.load("quickstart", overrides)
    assert chosen.collect.sources[0].source == "archive"
    with pytest.raises(UserError, match=r"archive .*x\.tar does not exist"):
        listing.snapshot(chosen)


def test_an_archive_that_is_not_there_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nosuch\.tar does not exist"):
        source(tmp_path / "nosuch.tar").require()
    source("https://example.org/later.tar").require()  # nobody is asked
