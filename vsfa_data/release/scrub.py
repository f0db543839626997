"""Taking this machine's folders, who built it, and keys out of what is published."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Final

_COMPONENT: Final = r"/[^\s/:;,'\"()<>]+"
_INSIDE_TEXT: Final = re.compile(
    # Not in the middle of a relative path or a web address; two components at least, for a
    # single one (`/script`, `/or`) is more likely prose than a path, and tells little if not.
    rf"(?<![\w./~<-])(?:(?:file://)?(?:{_COMPONENT}){{2,}}|~[\w.-]*(?:{_COMPONENT})+)/?"
)

_ADDRESS: Final = re.compile(r"https?://", re.IGNORECASE)
_KEY: Final = re.compile(r"(?<=://)[^/?#]*@|[?#].*", re.DOTALL)
"""User name and password (which are refused anyway), query and fragment of an address."""


def without_contact(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """A recipe as plain data, but for `collect.fetch.user_agent`.

    It holds the address at which servers can reach whoever fetches: theirs to know, not readers'.
    """
    collect = recipe.get("collect")
    if not isinstance(collect, Mapping) or not isinstance(collect.get("fetch"), Mapping):
        return dict(recipe)
    fetch = {**collect["fetch"], "user_agent": None}
    return {**recipe, "collect": {**collect, "fetch": fetch}}


def without_keys(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """A recipe as plain data, but for the query of addresses that sources read from.

    An address that lends its bearer access for a while (a signed one, a share with a token) has
    the key in there. The source's references leave it out as well.
    """
    collect = recipe.get("collect")
    if not isinstance(collect, Mapping) or not isinstance(collect.get("sources"), list | tuple):
        return dict(recipe)
    sources = [
        {**one, "path": _KEY.sub("", one["path"])}
        if isinstance(one.get("path"), str) and _ADDRESS.match(one["path"])
        else one
        for one in collect["sources"]
    ]
    return {**recipe, "collect": {**collect, "sources": sources}}


def without_local_paths(value: Any) -> Any:
    """Plain data with every absolute local path reduced to its last component.

    A whole string that is an absolute path (POSIX, Windows, `~`, `file://`) is cut down, and so
    is one that stands inside a longer string, such as `local-dir:/home/me/model`. Web addresses
    and relative paths stay.
    """
    if isinstance(value, dict):
        return {key: without_local_paths(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [without_local_paths(inner) for inner in value]
    return _text(value) if isinstance(value, str) else value


def _text(text: str) -> str:
    plain = text.removeprefix("file://")
    if plain.startswith(("/", "~/")):
        return PurePosixPath(plain).name
    if PureWindowsPath(plain).is_absolute():
        return PureWindowsPath(plain).name
    return _INSIDE_TEXT.sub(lambda found: PurePosixPath(found[0]).name, text)
