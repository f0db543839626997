"""What to look for, or to draw, for each concept: files of wording that are data.

    concepts/search/NAME.yaml      search words, for sources that ask a search service
    concepts/synthesis/NAME.yaml   subjects, scenes and styles, for sources that make images

Their concepts bear the names of a concept set (concepts/NAME.yaml), but no step depends on that:
which concept an image shows is for the filter to find out. A concept set's own texts are written
for encoders and make poor search words; as part of what scores are calibrated for, they cannot be
changed at will either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal, Self, TypeVar

import yaml
from pydantic import Field, StringConstraints, ValidationError

from vsfa_data import resources
from vsfa_data.errors import UserError
from vsfa_data.plain_yaml import plain_yaml
from vsfa_data.recipe import SEMVER
from vsfa_data.sections import Section

MAX_BYTES: Final = 1_000_000

Phrase = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Phrases = Annotated[tuple[Phrase, ...], Field(min_length=1)]
Item = TypeVar("Item")


class Wording(Section):
    """Phrases for each concept."""

    folder: ClassVar[str] = "search"
    """Where such files lie in `concepts/`."""

    version: str = Field(pattern=SEMVER)
    """Version of the file (semver)."""
    threat: Mapping[Name, Phrases] = Field(min_length=1)
    """Phrases of each threat-related concept."""
    neutral: Mapping[Name, Phrases] = Field(min_length=1)
    """Phrases of each neutral concept."""

    @classmethod
    def load(cls, name_or_path: str) -> Self:
        """The file of that name or path. Raises UserError naming the file and its fault."""
        path = cls._find(name_or_path)
        try:
            if path.stat().st_size > MAX_BYTES:
                raise UserError(f"{path}: a file of wording is at most {MAX_BYTES:,} bytes")
            data = plain_yaml(path.read_text(encoding="utf-8"))
            return cls.model_validate(data)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            place = f" (line {mark.line + 1})" if mark else ""
            raise UserError(f"{path}: not valid YAML{place}") from None
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"{path}: cannot be read: {error}") from None
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "the file"
            what = first["msg"].removeprefix("Value error, ")
            raise UserError(f"{path}: {where}: {what[:1].lower()}{what[1:]}") from None

    @classmethod
    def available(cls) -> dict[str, Path]:
        """Files that ship with the toolkit: name -> file."""
        found = sorted((resources.folder("concepts") / cls.folder).glob("*.yaml"))
        return {path.stem: path for path in found}

    @classmethod
    def _find(cls, name_or_path: str) -> Path:
        known = cls.available()
        if name_or_path in known:
            return known[name_or_path]
        path = resources.user_path(name_or_path)
        if path.is_file():
            return path
        raise UserError(
            f"no wording '{name_or_path}': it is neither a file nor one of {', '.join(known)} "
            f"(concepts/{cls.folder}/)"
        )

    def chosen(
        self, names: Literal["all"] | Sequence[str], *, neutral: bool
    ) -> dict[str, tuple[Phrase, ...]]:
        """Phrases of the threat concepts `names`, and of all neutral ones if `neutral`.

        Raises UserError for a name that is no threat concept of the file.
        """
        unknown = [] if names == "all" else [name for name in names if name not in self.threat]
        if unknown:
            raise UserError(
                f"'{unknown[0]}' is no threat concept of the wording. "
                f"Use all, or some of: {', '.join(self.threat)}"
            )
        threat = {
            name: told for name, told in self.threat.items() if names == "all" or name in names
        }
        return threat | (dict(self.neutral) if neutral else {})


def in_turn(groups: Sequence[Sequence[Item]]) -> list[Item]:
    """The first of each group, then the second of each, and so on.

    A part of such a list, from its beginning, holds something of every group.
    """
    longest = max(map(len, groups), default=0)
    return [group[place] for place in range(longest) for group in groups if place < len(group)]
