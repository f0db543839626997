"""Concept sets: what counts as threat-related, what it resembles, and what it is told apart from.

A set is a YAML file in `concepts/` or anywhere else (see `concepts/default.yaml`).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from vsfa_data.errors import UserError
from vsfa_data.filter.concept_files import available, find, read
from vsfa_data.recipe import SEMVER
from vsfa_data.sections import Section

_NAME: Final = r"^[a-z][a-z0-9_]{0,62}$"
_ADDED: Final[dict[str, Any]] = {"category": None, "prompts": []}
"""Keys that sets could not have at first: a set without them keeps the hash that it had."""

RESERVED: Final = frozenset({"all", "neutral", "threat"})
"""Words that mean something else where recipes and labels name concepts."""

__all__ = ["ConceptSet", "NeutralConcept", "ThreatConcept", "available", "find", "load"]

Text = Annotated[str, Field(min_length=1, max_length=300, pattern=r"\S")]


Prompt = Annotated[str, Field(min_length=2, max_length=100, pattern=r"^[^{}]*\{\}[^{}]*$")]


class NeutralConcept(Section):
    """An everyday subject."""

    name: str = Field(pattern=_NAME)
    """Lower-case name with underscores."""
    descriptions: tuple[Text, ...] = Field(min_length=1, max_length=200)
    """Wordings of the concept, each of which describes a picture."""


class ThreatConcept(NeutralConcept):
    """A threat-related subject."""

    category: str | None = Field(None, pattern=_NAME)
    """The broader concept that it belongs to; recipes may name it instead of all its concepts."""
    look_alikes: tuple[Text, ...] = Field((), max_length=200)
    """Harmless things that resemble it; they count as neutral."""


class ConceptSet(Section):
    """All concepts that images are compared with."""

    version: str = Field(pattern=SEMVER)
    """Version of the set (semver)."""
    prompts: tuple[Prompt, ...] = Field((), max_length=20)
    """Sentences in which each text takes the place of {}, such as `a sketch of {}`; a text's vector
    is the mean over all of them. None: texts stand as they are."""
    threat: tuple[ThreatConcept, ...] = Field(min_length=1)
    """Threat-related concepts."""
    neutral: tuple[NeutralConcept, ...] = Field(min_length=1)
    """Neutral concepts: at least one, for a threat is always told apart from something."""

    def model_post_init(self, _context: Any, /) -> None:
        """Refuse a name, text or prompt that occurs twice, and names that mean another thing."""
        concepts = (*self.threat, *self.neutral)
        names = [*(concept.name for concept in concepts), *self.categories]
        _once("name", names)
        if taken := sorted(RESERVED.intersection(names)):
            raise ValueError(f"the name '{taken[0]}' is taken: labels and recipes use it otherwise")
        if both := sorted(self.look_alikes.intersection(names)):
            raise ValueError(f"the look-alike '{both[0]}' is also a name: say it in other words")
        plain = [text for concept in concepts for text in concept.descriptions]
        _once("text", [*plain, *(text for one in self.threat for text in one.look_alikes)])
        _once("prompt", self.prompts)

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
    def look_alikes(self) -> frozenset[str]:
        """Those of `neutral_names` that are look-alikes of a threat."""
        return frozenset(text for concept in self.threat for text in concept.look_alikes)

    @property
    def categories(self) -> dict[str, tuple[str, ...]]:
        """Category -> names of its threat concepts, in order; without those that have none."""
        found: dict[str, tuple[str, ...]] = {}
        for concept in self.threat:
            if concept.category is not None:
                found[concept.category] = (*found.get(concept.category, ()), concept.name)
        return found

    @property
    def threat_texts(self) -> tuple[tuple[str, ...], ...]:
        """Texts of each of `threat_names`, in all prompts."""
        return tuple(self._worded(concept.descriptions) for concept in self.threat)

    @property
    def neutral_texts(self) -> tuple[tuple[str, ...], ...]:
        """Texts of each of `neutral_names`, in all prompts."""
        alike = (self._worded((text,)) for one in self.threat for text in one.look_alikes)
        return (*(self._worded(concept.descriptions) for concept in self.neutral), *alike)

    def _worded(self, texts: Sequence[str]) -> tuple[str, ...]:
        prompts = self.prompts or ("{}",)
        return tuple(prompt.replace("{}", text) for text in texts for prompt in prompts)

    @property
    def content_hash(self) -> str:
        """Sha256 (hex) of everything that is said here; comments and layout do not matter."""
        plain = json.dumps(_said(self.model_dump(mode="json")), sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(plain.encode("ascii")).hexdigest()

    def as_json(self) -> dict[str, dict[str, Any]]:
        """Concept -> kind (threat or neutral), category, descriptions and look-alikes."""
        threat = {one.name: {"kind": "threat", **_listed(one)} for one in self.threat}
        return threat | {one.name: {"kind": "neutral", **_listed(one)} for one in self.neutral}

    def chosen(
        self, names: Literal["all"] | Sequence[str], key: str = "filter.concepts"
    ) -> tuple[str, ...]:
        """The threat concepts `names`, each once and in the set's order.

        A category stands for all of its concepts. Raises UserError for none at all and for a
        name that is neither a threat concept nor a category; `key` is what the recipe said it in.
        """
        known, categories = self.threat_names, self.categories
        if names == "all":
            return known
        unknown = [name for name in names if name not in known and name not in categories]
        if unknown or not names:
            given = f"'{unknown[0]}' is no threat concept" if unknown else "an empty list was given"
            allowed = ", ".join((*categories, *known))
            raise UserError(f"{key}: {given}. Use all, or some of: {allowed}")
        meant = {one for name in names for one in (name, *categories.get(name, ()))}
        return tuple(name for name in known if name in meant)


def load(name_or_path: str) -> ConceptSet:
    """The concept set of that name or path. Raises UserError naming the file and its fault."""
    path = find(name_or_path)
    try:
        return ConceptSet.model_validate(read(path))
    except ValidationError as error:
        raise UserError(f"{path}: {_explain(error)}") from None


def _said(plain: Any) -> Any:
    """Without the keys of _ADDED that say nothing."""
    if isinstance(plain, dict):
        return {
            key: _said(value)
            for key, value in plain.items()
            if key not in _ADDED or value != _ADDED[key]
        }
    return [_said(value) for value in plain] if isinstance(plain, list) else plain


def _listed(concept: NeutralConcept) -> dict[str, Any]:
    return concept.model_dump(mode="json", exclude={"name"})


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
