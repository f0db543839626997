"""Concept sets: what counts as threat-related, what it resembles, and what it is told apart from.

A set is a YAML file in `concepts/` or anywhere else (see `concepts/default.yaml`).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from vsfa_data import resources
from vsfa_data.errors import UserError
from vsfa_data.recipe import SEMVER, plain_yaml
from vsfa_data.sections import Section

MAX_BYTES: Final = 1_000_000

Text = Annotated[str, Field(min_length=1, max_length=300, pattern=r"\S")]


class NeutralConcept(Section):
    """An everyday subject."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")
    """Lower-case name with underscores."""
    descriptions: tuple[Text, ...] = Field(min_length=1, max_length=200)
    """Wordings of the concept, each of which describes a picture."""


class ThreatConcept(NeutralConcept):
    """A threat-related subject."""

    look_alikes: tuple[Text, ...] = Field((), max_length=200)
    """Harmless things that resemble it; they count as neutral."""


class ConceptSet(Section):
    """All concepts that images are compared with."""

    version: str = Field(pattern=SEMVER)
    """Version of the set (semver)."""
    threat: tuple[ThreatConcept, ...] = Field(min_length=1)
    """Threat-related concepts."""
    neutral: tuple[NeutralConcept, ...] = Field(min_length=1)
    """Neutral concepts: at least one, for a threat is always told apart from something."""

    def model_post_init(self, _context: Any, /) -> None:
        """Refuse a name or a text that occurs twice."""
        concepts = (*self.threat, *self.neutral)
        _once("name", [concept.name for concept in concepts])
        _once(
            "text", [text for texts in (*self.threat_texts, *self.neutral_texts) for text in texts]
        )

    @property
    def threat_names(self) -> tuple[str, ...]:
        """Names of the threat concepts, in order."""
        return tuple(concept.name for concept in self.threat)

    @property
    def neutral_names(self) -> tuple[str, ...]:
        """Names of all that counts as neutral: concepts by name, then look-alikes by their text."""
        alike = (text for concept in self.threat for text in concept.look_alikes)
        return (*(concept.name for concept in self.neutral), *alike)

    @property
    def threat_texts(self) -> tuple[tuple[str, ...], ...]:
        """Texts of each of `threat_names`."""
        return tuple(concept.descriptions for concept in self.threat)

    @property
    def neutral_texts(self) -> tuple[tuple[str, ...], ...]:
        """Texts of each of `neutral_names`."""
        alike = ((text,) for concept in self.threat for text in concept.look_alikes)
        return (*(concept.descriptions for concept in self.neutral), *alike)

    @property
    def content_hash(self) -> str:
        """Sha256 (hex) of everything that is said here; comments and layout do not matter."""
        plain = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(plain.encode("ascii")).hexdigest()

    def chosen(self, names: Literal["all"] | Sequence[str]) -> tuple[str, ...]:
        """The threat concepts `names`, each once and in the set's order.

        Raises UserError for none at all and for a name that is not a threat concept.
        """
        known = self.threat_names
        if names == "all":
            return known
        unknown = [name for name in names if name not in known]
        if unknown or not names:
            given = f"'{unknown[0]}' is no threat concept" if unknown else "an empty list was given"
            raise UserError(f"filter.concepts: {given}. Use all, or some of: {', '.join(known)}")
        return tuple(name for name in known if name in names)


def available() -> dict[str, Path]:
    """Concept sets that ship with the toolkit: name -> file."""
    return {path.stem: path for path in sorted(resources.folder("concepts").glob("*.yaml"))}


def find(name_or_path: str) -> Path:
    """File of a concept set. Raises UserError, with the names there are, if there is none."""
    known = available()
    if name_or_path in known:
        return known[name_or_path]
    path = resources.user_path(name_or_path)
    if path.is_file():
        return path
    raise UserError(
        f"filter.concept_set: no concept set '{name_or_path}': it is neither a file nor one of "
        f"{', '.join(known)}. Run: vsfa-data concepts"
    )


def load(name_or_path: str) -> ConceptSet:
    """The concept set of that name or path. Raises UserError naming the file and its fault."""
    path = find(name_or_path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"{path}: a concept set is at most {MAX_BYTES:,} bytes")
        data = plain_yaml(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" (line {mark.line + 1})" if mark else ""
        raise UserError(f"{path}: not valid YAML{place}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read as a concept set: {error}") from None
    if not isinstance(data, dict):
        raise UserError(f"{path}: a concept set is a mapping with version, threat and neutral")
    try:
        return ConceptSet.model_validate(data)
    except ValidationError as error:
        raise UserError(f"{path}: {_explain(error)}") from None


def _once(what: str, values: Sequence[str]) -> None:
    twice = [value for value, count in Counter(values).items() if count > 1]
    if twice:
        raise ValueError(f"the {what} '{twice[0]}' occurs twice")


def _explain(error: ValidationError) -> str:
    found = error.errors(include_url=False)
    # A faulty item also makes its list "too short": that is no second fault.
    deepest = [one for one in found if not any(_inside(other, one) for other in found)]
    first, more = deepest[0], len(deepest) - 1
    place = ".".join(str(key) for key in first["loc"])
    message = first["msg"].removeprefix("Value error, ").rstrip(".")
    given = f" (given '{first['input'][:60]}')" if isinstance(first["input"], str) else ""
    what = (
        "unknown key" if first["type"] == "extra_forbidden" else message[:1].lower() + message[1:]
    )
    return f"{place}: {what}{given}".removeprefix(": ") + (f" (and {more} more)" if more else "")


def _inside(inner: ErrorDetails, outer: ErrorDetails) -> bool:
    place, of = inner["loc"], outer["loc"]
    return len(place) > len(of) and place[: len(of)] == of
