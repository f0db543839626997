"""What stands beside an image in an archive: `0001.jpg`, and about it `0001.json`, `0001.txt`.

This is the WebDataset layout: files that have everything up to the first dot of their name in
common, and follow each other, are one sample.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from vsfa_data.collect import tabular
from vsfa_data.collect.archive.member import Member
from vsfa_data.collect.rejected import Rejected
from vsfa_data.collect.sidecar import Credit

MAX_FILES: Final = 64
"""Files of one sample that wait for what is said of them; the rest of it does not wait."""
MAX_WAITING_BYTES: Final = 2**27
MAX_SAID_BYTES: Final = 2**20
MAX_TITLE_LENGTH: Final = 1000
"""Characters of a `.txt` file that become the title."""

_SAYS: Final = (".json", ".txt")


def credited(
    members: Iterable[Member], default: Credit, keys: Mapping[str, str]
) -> Iterator[tuple[Member, Credit]]:
    """Each member that is no `.json` or `.txt`, with its credit.

    `keys`: where a JSON object has `title`, `license`, `license_url` and `attribution`; what it
    lacks is as in `default`, and the text is the title unless the object has one. Where what
    stands beside an image cannot be understood, the image is refused: its licence is not known.
    """
    sample = _Sample("", default, keys)
    for member in members:
        if (name := _sample_of(member.name)) != sample.name:
            yield from sample.flushed()
            sample = _Sample(name, default, keys)
        yield from sample.add(member)
    yield from sample.flushed()


class _Sample:
    """Members of one sample that wait until all is known that is said of them."""

    def __init__(self, name: str, default: Credit, keys: Mapping[str, str]) -> None:
        self.name = name
        self._default, self._keys = default, keys
        self._waiting: list[Member] = []
        self._waiting_bytes = 0
        self._said: dict[str, Member] = {}
        self._has_begun = False

    def add(self, member: Member) -> Iterator[tuple[Member, Credit]]:
        suffix = "." + member.name.rpartition(".")[2].lower()
        if suffix not in _SAYS:
            self._waiting.append(member)
            self._waiting_bytes += len(member.data or b"")
            if len(self._waiting) > MAX_FILES or self._waiting_bytes > MAX_WAITING_BYTES:
                yield from self.flushed()
            return
        if member.name == self.name + member.name[-len(suffix) :]:
            if self._has_begun and member.reason is None:
                no = Rejected("bad_metadata", "it comes after too many files of its sample")
                member = Member.refused(member.name, no)
            self._said.setdefault(suffix, member)
        if member.reason is not None:
            yield member, self._default

    def flushed(self) -> Iterator[tuple[Member, Credit]]:
        """What waits, with what is said of it."""
        waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
        self._has_begun = bool(waiting)
        try:
            credit = self._credit() if waiting else self._default
        except Rejected as no:
            for member in waiting:
                is_refused = member.reason is not None
                yield member if is_refused else Member.refused(member.name, no), self._default
        else:
            for member in waiting:
                yield member, credit

    def _credit(self) -> Credit:
        credit = self._default
        if ".txt" in self._said:
            text = " ".join(_text(self._said[".txt"]).split())
            credit = credit._replace(title=text[:MAX_TITLE_LENGTH] or None)
        if ".json" in self._said:
            said = _parsed(_text(self._said[".json"]))
            credit = credit._replace(**_from_object(said, self._keys))
        return credit


def _sample_of(name: str) -> str:
    folder, slash, file = name.rpartition("/")
    return folder + slash + file.partition(".")[0]


def _text(member: Member) -> str:
    if member.data is None or len(member.data) > MAX_SAID_BYTES:
        raise Rejected("bad_metadata", f"{member.name[-80:]}: {member.reason or 'too large'}")
    try:
        return member.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Rejected("bad_metadata", f"{member.name[-80:]}: not UTF-8") from None


def _parsed(text: str) -> dict[str, Any]:
    """A JSON object; other JSON, such as a list of boxes, says nothing of licences."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise Rejected("bad_metadata", "not valid JSON") from None
    return value if isinstance(value, dict) else {}


def _from_object(said: dict[str, Any], keys: Mapping[str, str]) -> dict[str, str | None]:
    found = {}
    for column, key in keys.items():
        if key in said:
            value = said[key]
            if not isinstance(value, str | None):
                raise Rejected("bad_metadata", f"'{key}' is not text")
            found[column] = (value or "").strip() or None
    for key in said:
        meant = key if key in keys else tabular.misspelt(key)
        if meant is not None and meant not in found and key not in keys.values():
            raise Rejected("bad_metadata", f"it has '{key[:40]}': meant for '{keys[meant]}'?")
    return found
