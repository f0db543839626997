"""Names on the Hub: repositories, versions, their tags and the branch that a push works on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from vsfa_data.errors import UserError, printable
from vsfa_data.recipe import SEMVER

_REPO_ID: Final = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
_ALLOWED: Final = (
    "write it as OWNER/NAME, for example team/vsfa: letters, digits, '-', '_' and '.', "
    "no '--' or '..', at most 96 characters"
)
_TOLD: Final = 5
_REVISION: Final = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/-]{0,200}")


@dataclass(frozen=True, order=True)
class Version:
    """A semantic version; newer ones are greater."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    @property
    def tag(self) -> str:
        """The tag that names this version for good."""
        return f"v{self}"

    @property
    def staging(self) -> str:
        """The branch that a push of this version is prepared on, and resumed from."""
        return f"staging-v{self}"


def parse_version(text: str) -> Version | None:
    """`1.2.3` -> Version; None for anything else."""
    if not re.fullmatch(SEMVER, text) or len(text) > 60:
        return None
    return Version(*map(int, text.split(".")))


def version_of_tag(tag: str) -> Version | None:
    """`v1.2.3` -> Version; None for a tag that names no version."""
    return parse_version(tag[1:]) if tag.startswith("v") else None


def check_repo_id(text: str) -> str:
    """`text`, if it can be a repository of the Hub. Raises UserError with what is allowed."""
    whole = _REPO_ID.fullmatch(text) and len(text) <= 96
    if not whole or re.search(r"--|\.\.|[.-]$|\.git$|[.-]/", text):
        raise UserError(f"'{printable(text)[:100]}' is no repository id: {_ALLOWED}")
    return text


def tags_told(tags: Iterable[str]) -> str:
    """What there is in place of a tag that there is not: the newest few, and what to do."""
    known = sorted(tags, key=lambda tag: (version_of_tag(tag) or Version(-1, 0, 0), tag))[::-1]
    if not known:
        return "It has no tags. Leave out the revision to read main"
    more = f" and {len(known) - _TOLD} older ones" if len(known) > _TOLD else ""
    return f"Its tags: {printable(', '.join(known[:_TOLD]))}{more}. Leave it out to read main"


@dataclass(frozen=True)
class Place:
    """A revision of a dataset repository. `revision` None: what `main` is now."""

    repo_id: str
    revision: str | None = None

    def __str__(self) -> str:
        return f"{self.repo_id}@{self.revision}" if self.revision else self.repo_id


def parse_place(text: str, revision: str | None = None) -> Place:
    """`team/vsfa` or `team/vsfa@v1.2.0`. Raises UserError if it is neither."""
    repo_id, at, given = text.partition("@")
    if at and revision:
        raise UserError(f"{printable(text)} names a revision already: leave out --revision")
    wanted = given if at else revision
    if wanted is not None and not _REVISION.fullmatch(wanted):
        raise UserError(
            f"'{printable(wanted)[:100]}' is no revision: give a tag such as v1.2.0, a branch "
            f"or a commit id"
        )
    return Place(check_repo_id(repo_id), wanted)
