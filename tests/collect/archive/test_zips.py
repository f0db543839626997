from __future__ import annotations

import stat
import struct
import zipfile

import pytest

from tests.collect.archive.packing import opened, zipped
from vsfa_data.collect.archive import zips
from vsfa_data.collect.archive.member import Member
from vsfa_data.collect.rejected import Rejected

MAX_BYTES = 10_000
FILES = (("b.jpg", b"two" * 400), ("a/1.jpg", b"one"), ("empty", b""))


def members(data: bytes, max_bytes: int = MAX_BYTES) -> list[Member]:
    return list(zips.members(opened(data), max_bytes))


def found(data: bytes) -> list[tuple[str, str | bytes | None]]:
    return [(one.name, one.reason or one.data) for one in members(data)]


def info(name: str, mode: int) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.external_attr = mode << 16
    return made


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_files_in_the_order_of_their_names(method: int) -> None:
    assert found(zipped(*FILES, method=method)) == sorted(FILES)
    assert found(zipped(*reversed(FILES), method=method)) == sorted(FILES)


def test_names_of_other_alphabets() -> None:
    assert found(zipped(("写真.jpg", b"x"))) == [("写真.jpg", b"x")]
    old = zipped(("Bild_x.jpg", b"x")).replace(b"Bild_x", b"Bild_\x84")
    assert found(old) == [(r"Bild_\x84.jpg", b"x")]


def test_a_name_without_a_letter_costs_its_file_alone() -> None:
    data = zipped(("b.jpg", b"two"), ("Z", b"x")).replace(b"Z", b"\0")
    assert found(data) == [("\0", "unsafe_name"), ("b.jpg", b"two")]


def test_what_is_no_file_is_refused_each_with_its_reason() -> None:
    data = zipped(
        ("folder/", b""),
        (info("link.jpg", stat.S_IFLNK | 0o777), b"/etc/passwd"),
        (info("pipe.jpg", stat.S_IFIFO | 0o644), b""),
        (info("plain.jpg", stat.S_IFREG | 0o644), b"plain"),
        ("/etc/x.jpg", b"x"),
        ("../x.jpg", b"x"),
        (r"a\..\x.jpg", b"x"),
        ("large.jpg", bytes(MAX_BYTES + 1)),
        (".hidden/x.jpg", b"x"),
        ("__MACOSX/._x.jpg", b"x"),
    )
    assert found(data) == [
        ("../x.jpg", "unsafe_name"),
        ("/etc/x.jpg", "unsafe_name"),
        (r"a\x5c..\x5cx.jpg", "unsafe_name"),
        ("large.jpg", "too_many_bytes"),
        ("link.jpg", "not_a_file"),
        ("pipe.jpg", "not_a_file"),
        ("plain.jpg", b"plain"),
    ]
    assert {one.detail for one in members(data) if one.reason == "not_a_file"} == {
        "a symbolic link",
        "a special file",
    }


def test_a_name_twice() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = zipped(("x", b"1"), ("x", b"2"))
    assert found(data) == [("x", b"1"), ("x (member 2)", "repeated_name")]


def test_encrypted_and_oddly_packed_members() -> None:
    data = bytearray(zipped(("a", b"a"), ("b", b"b")))
    place = data.index(b"PK\x01\x02")
    data[place + 8] |= 1
    assert found(bytes(data)) == [("a", "archive_unsupported"), ("b", b"b")]
    assert found(zipped(("a", b"a" * 99), method=zipfile.ZIP_LZMA)) == [
        ("a", "archive_unsupported")
    ]
    assert found(zipped(("a", b"a" * 99), method=zipfile.ZIP_BZIP2)) == [
        ("a", "archive_unsupported")
    ]


def test_damage_costs_the_member() -> None:
    data = bytearray(zipped(*FILES, method=zipfile.ZIP_STORED))
    data[data.index(b"twotwo")] ^= 1
    assert found(bytes(data)) == [("a/1.jpg", b"one"), ("b.jpg", "archive_damaged"), ("empty", b"")]
    assert members(bytes(data))[1].detail == "Bad CRC-32 for file 'b.jpg'"


def test_a_directory_that_understates_a_size_gains_nothing() -> None:
    data = bytearray(zipped(("bomb", bytes(5_000_000))))
    place = data.index(b"PK\x01\x02") + 24
    data[place : place + 4] = struct.pack("<I", 100)
    assert found(bytes(data)) == [("bomb", "archive_damaged")]


def test_a_bomb_is_refused() -> None:
    one = zipped(("a", bytes(30_000_000)))
    assert members(one, 2**30)[0].data == bytes(30_000_000)
    many = zipped(*((f"{number:03d}", bytes(8_000_000)) for number in range(20)))
    listed = members(many, 2**23)
    assert [one.reason for one in listed] == [None] * 8 + ["archive_bomb"]
    assert [one.reason for one in members(many)] == ["too_many_bytes"] * 20


def test_members_that_overlap_are_refused() -> None:
    """Fifield's bomb: a list of many members which all have the same bytes."""
    data = zipped(("aa", b"x" * 5000), method=zipfile.ZIP_STORED)
    place = data.index(b"PK\x01\x02")
    record, end = data[place : place + 48], data[place + 48 :]
    listed = b"".join(record[:-2] + b"%02d" % number for number in range(50))
    fields = list(struct.unpack("<4s4H2LH", end))
    fields[3] = fields[4] = 50
    fields[5] = len(listed)
    bomb = data[:place] + listed + struct.pack("<4s4H2LH", *fields)
    with pytest.raises(Rejected, match="archive_bomb: its members overlap"):
        members(bomb)


def test_a_list_of_members_of_absurd_size_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "MAX_DIRECTORY_BYTES", 80_000)
    assert len(members(zipped(*((str(number), b"") for number in range(1000))))) == 1000
    with pytest.raises(Rejected, match="archive_damaged: a list of members of"):
        members(zipped(*((str(number), b"") for number in range(3000))))


def test_an_archive_in_an_archive_is_a_file_like_any_other() -> None:
    inner = zipped(("../../x.jpg", b"x"))
    assert found(zipped(("inner.zip", inner))) == [("inner.zip", inner)]


@pytest.mark.parametrize("cut", [10, 100, -1, -30])
def test_an_archive_without_its_end_is_no_archive(cut: int) -> None:
    with pytest.raises(Rejected, match="archive_damaged"):
        members(zipped(*FILES)[:cut])
