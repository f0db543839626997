from __future__ import annotations

import gzip
import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.collect.archive.packing import PACKERS, entry, opened, tar
from vsfa_data.collect.archive import tars
from vsfa_data.collect.archive.member import Member
from vsfa_data.collect.archive.unpacking import Unpacked
from vsfa_data.collect.rejected import Rejected

MAX_BYTES = 10_000
FILES = (("b/2.jpg", b"two"), ("a.jpg", b"one" * 400), ("empty", b""))
REST = ("", "archive_damaged")


def members(data: bytes, max_bytes: int = MAX_BYTES) -> list[Member]:
    return list(tars.members(Unpacked(opened(data)), max_bytes))


def found(data: bytes) -> list[tuple[str, str | bytes | None]]:
    return [(one.name, one.reason or one.data) for one in members(data)]


@pytest.mark.parametrize("packed", PACKERS)
@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_files_in_their_order_however_it_is_packed(packed: str, kind: int) -> None:
    assert found(PACKERS[packed](tar(*FILES, format=kind))) == list(FILES)


def test_two_gzip_files_in_a_row_are_one() -> None:
    data = tar(*FILES)
    assert found(gzip.compress(data[:1000]) + gzip.compress(data[1000:])) == list(FILES)


@pytest.mark.parametrize("kind", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("name", ["d/" * 200 + "x.jpg", "写真.jpg", "\udcff.jpg"])
def test_long_and_odd_names(kind: int, name: str) -> None:
    shown = name.replace("\udcff", r"\xff")
    assert found(tar((name, b"x"), ("y", b"y"), format=kind)) == [(shown, b"x"), ("y", b"y")]


def test_what_the_system_tar_writes(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(3):
        (tmp_path / "in" / f"{number}.jpg").write_bytes(bytes([number]) * 700)
    (tmp_path / "in" / "hole").write_bytes(b"")
    with (tmp_path / "in" / "hole").open("r+b") as file:
        file.truncate(10_000_000)
        for place in range(0, 9_000_000, 300_000):  # more pieces than fit into one header
            file.seek(place)
            file.write(b"x")
    for kind in ("gnu", "pax", "ustar"):
        made = tmp_path / f"{kind}.tar"
        command = ["tar", "--sort=name", f"--format={kind}", "-cf", made, "-C", tmp_path / "in"]
        sparse = [] if kind == "ustar" else ["--sparse"]
        subprocess.run([*command, *sparse, "."], check=True)
        listed = found(made.read_bytes())
        assert listed[:3] == [(f"{n}.jpg", bytes([n]) * 700) for n in range(3)]
        reason = "too_many_bytes" if kind == "ustar" else "not_a_file"
        assert listed[3:] == [("hole", reason)]


def test_what_is_no_file_is_refused_each_with_its_reason() -> None:
    data = tar(
        entry("folder", tarfile.DIRTYPE),
        entry("soft", tarfile.SYMTYPE, linkname="/etc/passwd"),
        entry("hard", tarfile.LNKTYPE, linkname="../../etc/passwd"),
        entry("tape", tarfile.CHRTYPE, devmajor=9),
        entry("disk", tarfile.BLKTYPE, devmajor=8),
        entry("pipe", tarfile.FIFOTYPE),
        ("/etc/cron.d/x.jpg", b"x"),
        ("../../x.jpg", b"x"),
        ("a/../../x.jpg", b"x"),
        (r"..\x.jpg", b"x"),
        (r"C:\x.jpg", b"x"),
        ("good.jpg", b"good"),
        ("./good.jpg", b"again"),
        ("large.jpg", bytes(MAX_BYTES + 1)),
        (".hidden.jpg", b"x"),
        ("__MACOSX/good.jpg", b"x"),
        ("./a//last.jpg", b"last"),
    )
    assert found(data) == [
        ("soft", "not_a_file"),
        ("hard", "not_a_file"),
        ("tape", "not_a_file"),
        ("disk", "not_a_file"),
        ("pipe", "not_a_file"),
        ("/etc/cron.d/x.jpg", "unsafe_name"),
        ("../../x.jpg", "unsafe_name"),
        ("a/../../x.jpg", "unsafe_name"),
        (r"..\x5cx.jpg", "unsafe_name"),
        (r"C:\x5cx.jpg", "unsafe_name"),
        ("good.jpg", b"good"),
        ("good.jpg (member 12)", "repeated_name"),
        ("large.jpg", "too_many_bytes"),
        ("a/last.jpg", b"last"),
    ]
    details = {one.name: one.detail for one in members(data)}
    assert details["soft"] == "a symbolic link"
    assert details["tape"] == "a device"
    assert details["large.jpg"] == "10001 bytes, at most 10000"


def header(name: str = "x", size: int = 0, kind: bytes = tarfile.REGTYPE) -> bytes:
    info = entry(name, kind, size=size)
    return info.tobuf(tarfile.GNU_FORMAT)


def block(data: bytes) -> bytes:
    return data + bytes(-len(data) % 512)


def pax(*records: bytes) -> bytes:
    data = b"".join(b"%d %s\n" % (len(record) + 4, record) for record in records)
    return header("pax", len(data), tarfile.XHDTYPE) + block(data)


END = bytes(1024)
DAMAGED = {
    "cut in a header": tar(*FILES)[:-9000][:600],
    "no end mark": header("a") + header("b"),
    "a broken header": header("a") + header("b")[:100] + b"!" + header("b")[101:] + END,
    "absurd size": header("a") + header("b", 2**62) + END,
    "size below zero": header("a") + header("b", -1) + END,
    "long name of absurd size": header("a") + header("b", 2**40, tarfile.GNUTYPE_LONGNAME) + END,
    "pax of absurd size": header("a") + header("b", 2**40, tarfile.XHDTYPE) + END,
    "pax with an absurd length": header("a") + header("p", 512, tarfile.XHDTYPE) + b"9" * 512,
    "pax without an end": header("a") + header("p", 9, tarfile.XHDTYPE) + block(b"30 path=x"),
    "pax without a key": header("a") + pax(b"nonsense") + header("b") + END,
    "pax with no size": header("a") + pax(b"size=-1234") + header("b") + END,
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_archive_gives_what_comes_before_and_says_so(name: str) -> None:
    assert [one for one in found(DAMAGED[name]) if one[0] != "b"][-1] == REST
    assert len(found(DAMAGED[name])) <= 3
    assert found(DAMAGED[name])[0][0] in {"a", "b/2.jpg", ""}


@pytest.mark.parametrize("packed", [".gz", ".zst"])
def test_a_packed_archive_that_breaks_off(packed: str) -> None:
    data = tar(*((f"{number}.jpg", bytes([number]) * 5000) for number in range(99)))
    whole = PACKERS[packed](data)
    listed = found(whole[: len(whole) - 40])
    assert listed[-1] == REST
    assert listed[:-1] == found(data)[: len(listed) - 1]
    assert members(whole[:-40])[-1].detail


def test_a_chain_of_headers_does_not_exhaust_anything() -> None:
    assert found(pax(b"path=x") * 5000 + header("a") + END) == [("x", b"")]


def test_pax_size_stands_for_the_headers() -> None:
    data = pax(b"path=bb", b"size=1000") + header("a", 0) + block(b"x" * 1000)
    assert found(data + header("c") + END) == [("bb", b"x" * 1000), ("c", b"")]


@pytest.mark.parametrize("packed", [".gz", ".zst"])
def test_a_bomb_is_left_soon(packed: str) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        archive.addfile(entry("a.jpg", tarfile.REGTYPE))
        info = tarfile.TarInfo("bomb.jpg")
        info.size = 200 << 20
        archive.addfile(info, io.BytesIO(bytes(info.size)))
    data = PACKERS[packed](made.getvalue())
    assert len(data) < 250_000
    listed = members(data)
    assert [one.reason for one in listed] == [None, "too_many_bytes", "archive_bomb"]
    assert [one.reason for one in members(data, 2**40)] == [None, "archive_bomb"]


@pytest.mark.parametrize("data", [b"", b"\x1f\x8b", b"no archive" * 99, gzip.compress(b"x" * 600)])
def test_what_is_no_archive_is_refused_at_once(data: bytes) -> None:
    with pytest.raises(Rejected, match="archive_damaged"):
        tars.members(Unpacked(opened(data)), MAX_BYTES)


def test_an_empty_archive_has_no_members() -> None:
    assert found(tar()) == []
