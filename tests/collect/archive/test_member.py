from __future__ import annotations

import pytest

from vsfa_data.collect.archive.member import Member, Names, is_hidden, shown
from vsfa_data.collect.rejected import Rejected


def check(names: Names, name: bytes) -> None:
    names.check(name, names.reference(name))


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        (b"/x", "absolute"),
        (b"//host/x", "absolute"),
        (rb"\x", "absolute"),
        (rb"\\host\x", "absolute"),
        (b"c:x", "absolute"),
        (b"C:/x", "absolute"),
        (b"..", "leads out of the archive"),
        (b"a/..", "leads out of the archive"),
        (rb"a\..\x", "leads out of the archive"),
        (b"a\0b", "a zero byte"),
        (b"", "no name"),
        (b"x" * 4097, "longer than 4096 bytes"),
    ],
)
def test_unsafe_names(name: bytes, detail: str) -> None:
    with pytest.raises(Rejected) as caught:
        check(Names(), name)
    assert (caught.value.reason, caught.value.detail) == ("unsafe_name", detail)


@pytest.mark.parametrize("name", [b"x", b"./x", b"a/b", b"..x", b"a..b/c", b"ab:c", b"\xff"])
def test_safe_names(name: bytes) -> None:
    check(Names(), name)


def test_one_name_twice_however_it_is_written() -> None:
    names = Names()
    check(names, b"a/b")
    check(names, b"a/B")
    for name in (b"a/b", b"./a/b", b"a//b", b"a/./b"):
        with pytest.raises(Rejected, match="repeated_name"):
            check(names, name)


def test_no_name_is_not_that_of_the_archives_rest() -> None:
    names = Names()
    assert [names.reference(name) for name in (b"a", b"", b"./")] == [
        "a",
        "(member 2)",
        "(member 3)",
    ]


def test_names_as_text_never_coincide() -> None:
    names = [b"a/b", rb"a\b", rb"a\x5cb", b"a\xffb", rb"a\xffb", b"a/../b", b"/a/b"]
    assert len({shown(name) for name in names}) == len(names)
    assert shown(b"./a//b") == "a/b"
    assert len(shown(b"x" * 10_000)) == 4096


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        (b".x.jpg", True),
        (b"./.x.jpg", True),
        (b"a/.git/x.jpg", True),
        (b"__MACOSX/x.jpg", True),
        (b"./x.jpg", False),
        (b"../x.jpg", False),
        (rb"..\x.jpg", False),
    ],
)
def test_hidden(name: bytes, hidden: bool) -> None:  # noqa: FBT001 a parameter of the test
    assert is_hidden(name) is hidden


def test_a_refused_member() -> None:
    assert Member.refused("x", Rejected("unsafe_name", "why")) == Member(
        "x", reason="unsafe_name", detail="why"
    )


def test_references_are_unlike_each_other() -> None:
    names = Names()
    given = [b"a", b"./a", b"../a", b"../a", b"x" * 5000, b"x" * 5001]
    found = [names.reference(name) for name in given]
    assert len(set(found)) == len(given)
    assert found[:4] == ["a", "a (member 2)", "../a", "../a (member 4)"]
