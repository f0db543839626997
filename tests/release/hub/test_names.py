import pytest
from huggingface_hub.utils import validate_repo_id

from vsfa_data.errors import UserError
from vsfa_data.release.hub.names import (
    Place,
    Version,
    check_repo_id,
    parse_place,
    parse_version,
    tags_told,
    version_of_tag,
)


def test_versions_are_ordered_as_numbers() -> None:
    tags = ["v1.10.0", "v1.9.0", "v0.0.1", "v1.9.10"]
    found = sorted(version for tag in tags if (version := version_of_tag(tag)))
    assert [version.tag for version in found] == ["v0.0.1", "v1.9.0", "v1.9.10", "v1.10.0"]
    assert Version(1, 2, 3).staging == "staging-v1.2.3"


@pytest.mark.parametrize("text", ["1.2", "v1.2.3", "1.2.3-rc1", "01.2.3", "1.2.3\n", "", "9" * 99])
def test_what_is_no_version(text: str) -> None:
    assert parse_version(text) is None
    assert version_of_tag(f"release-{text}") is None


@pytest.mark.parametrize("text", ["team/vsfa", "a/b", "T-e_a.m1/vs.fa-2_x"])
def test_ids_that_the_client_takes_too(text: str) -> None:
    validate_repo_id(text)
    assert check_repo_id(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "vsfa",
            "datasets/team/vsfa",
            "team/",
            "/vsfa",
            "te am/vsfa",
            "team/vs--fa",
            "team/vs..fa",
        ),
        *("team/vsfa.git", "team/vsfa-", "-team/vsfa", "team./vsfa", "../vsfa", "team/" + "x" * 96),
        *("https://hf.co/team/vsfa", "team/vsfa\n", "tëam/vsfa", "team/\x1b[31m", ""),
    ],
)
def test_ids_that_cannot_be(text: str) -> None:
    with pytest.raises(UserError, match="is no repository id: write it as OWNER/NAME") as raised:
        check_repo_id(text)
    assert str(raised.value).isprintable()


def test_places() -> None:
    assert parse_place("team/vsfa") == Place("team/vsfa")
    assert parse_place("team/vsfa@v1.2.0") == Place("team/vsfa", "v1.2.0")
    assert parse_place("team/vsfa", "refs/pr/3") == Place("team/vsfa", "refs/pr/3")
    assert str(parse_place("team/vsfa@v1.2.0")) == "team/vsfa@v1.2.0"


def test_the_newest_tags_are_told() -> None:
    assert tags_told([]) == "It has no tags. Leave out the revision to read main"
    told = tags_told(["old", "v1.9.0", "v1.10.0", "v0.1.0"])
    assert told == "Its tags: v1.10.0, v1.9.0, v0.1.0, old. Leave it out to read main"
    assert "v8.0.0, v7.0.0, v6.0.0, v5.0.0, v4.0.0 and 4 older ones" in tags_told(
        f"v{n}.0.0" for n in range(9)
    )


def test_places_that_are_none() -> None:
    with pytest.raises(UserError, match="names a revision already"):
        parse_place("team/vsfa@v1", "v2")
    for revision in ("", "../x", "a b", "-x"):
        with pytest.raises(UserError, match="is no revision"):
            parse_place("team/vsfa", revision)
