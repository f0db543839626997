from typing import Any

import pytest

from vsfa_data.release.scrub import without_contact, without_keys, without_local_paths


@pytest.mark.parametrize(
    ("given", "published"),
    [
        ("/home/me/My Pictures/set", "set"),
        ("/home/me/set/", "set"),
        ("/", ""),
        ("~/set", "set"),
        ("file:///home/me/set", "set"),
        (r"C:\Users\me\set", "set"),
        ("C:/Users/me/set", "set"),
        (r"\\server\share\me\set", "set"),
        ("local-dir:/home/me/model", "local-dir:model"),
        ("tower (/home/me/model) sha256:ab", "tower (model) sha256:ab"),
        ("weights=/home/me/w.pt, v2", "weights=w.pt, v2"),
        ("at ~me/models/x", "at x"),
        ("pictures/set", "pictures/set"),
        ("../set/a", "../set/a"),
        ("./set/a", "./set/a"),
        ("package:sample/images", "package:sample/images"),
        ("https://example.org/a/b", "https://example.org/a/b"),
        ("hf-hub:org/model", "hf-hub:org/model"),
        ("either/or", "either/or"),
        ("either /or", "either /or"),
        ("<b>x</b> & a</i/j>", "<b>x</b> & a</i/j>"),
        ("see file:///home/me/x!", "see x!"),
    ],
)
def test_paths(given: str, published: str) -> None:
    assert without_local_paths(given) == published


def test_nested_data_keeps_its_shape() -> None:
    given: dict[str, Any] = {"a": [{"path": "/x/y"}, 1, None, True], "b": ("/x/z", 0.5)}
    assert without_local_paths(given) == {"a": [{"path": "y"}, 1, None, True], "b": ["z", 0.5]}


def test_a_published_recipe_does_not_say_how_to_reach_who_built_it() -> None:
    fetch = {"user_agent": "my-dataset/1.0 (me@example.org)", "per_host": 8}
    recipe = {"name": "mine", "collect": {"fetch": fetch, "limit": 3}}
    assert without_contact(recipe) == {
        "name": "mine",
        "collect": {"fetch": {"user_agent": None, "per_host": 8}, "limit": 3},
    }
    assert fetch["user_agent"] is not None
    for other in ({}, {"collect": None}, {"collect": {"limit": 3}}):
        assert without_contact(other) == other


def test_a_published_recipe_lends_nobody_access_to_its_archives() -> None:
    signed = "https://s3.example.org/a@b/x-{0..7}.tar?X-Amz-Signature=secret"
    kept = [{"path": "photos?/new#1", "license_url": "https://example.org/?id=3"}, {"model": "x"}]
    recipe = {"collect": {"sources": [{"path": signed}, *kept], "limit": 3}}
    published = {"path": "https://s3.example.org/a@b/x-{0..7}.tar"}
    assert without_keys(recipe) == {"collect": {"sources": [published, *kept], "limit": 3}}
    assert recipe["collect"]["sources"][0]["path"] == signed  # type: ignore[index]
    assert without_keys({"collect": {"sources": [{"path": "HTTP://me:pw@h/x"}]}}) == {
        "collect": {"sources": [{"path": "HTTP://h/x"}]}
    }
    for other in ({}, {"collect": None}, {"collect": {"limit": 3}}):
        assert without_keys(other) == other
