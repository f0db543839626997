"""What a vision-language model is asked about a picture: files in `prompts/`, as data."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import yaml
from pydantic import Field, ValidationError, field_validator

from vsfa_data import resources
from vsfa_data.errors import UserError
from vsfa_data.recipe import SEMVER
from vsfa_data.sections import Section

THING: Final = "{thing}"
"""Where the prompt `absent` names what it asks after, article included."""
MAX_PROMPT_CHARACTERS: Final = 4_000


class Prompt(Section):
    """One thing to ask."""

    text: str = Field(min_length=1, max_length=MAX_PROMPT_CHARACTERS)
    """The words."""


class ShortPrompt(Prompt):
    """Something to ask that a word or two answer."""

    max_new_tokens: int = Field(12, ge=1, le=64)
    """Length of the reply, at most, in tokens."""


class TopicPrompt(Prompt):
    """An open question, answered in a sentence or more."""

    max_new_tokens: int = Field(64, ge=1, le=4096)
    """Length of the reply, at most, in tokens. An answer that reaches it is not used."""


class PromptSet(Section):
    """All that is asked about a picture, one after the other, each time from a clean start."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """The file's name without its ending."""
    version: str = Field(pattern=SEMVER)
    """Raised whenever a wording changes."""
    description: str = Field(min_length=1, max_length=120)
    """What the set is for, in one line."""
    caption: Prompt
    """Asks for the caption. `caption.max_new_tokens` of the recipe bounds the reply."""
    subject: ShortPrompt | None = None
    """Asks for the name of the main object. Left out: the subject is not known."""
    absent: ShortPrompt | None = None
    """Asks whether `{thing}` is in the picture. Left out: nothing is known to be absent."""
    topics: dict[str, TopicPrompt] = Field(default_factory=dict)
    """Open questions by topic, one of `tables.TOPICS`; `caption.topics_per_image` are asked."""

    @field_validator("topics")
    @classmethod
    def _known_topics(cls, value: dict[str, TopicPrompt]) -> dict[str, TopicPrompt]:
        from vsfa_data import tables  # with pyarrow, which takes its time

        if unknown := sorted(set(value) - set(tables.TOPICS)):
            known = ", ".join(tables.TOPICS)
            raise ValueError(f"unknown topic '{unknown[0]}'. Choose from: {known}")
        return value

    @field_validator("absent")
    @classmethod
    def _names_the_thing(cls, value: ShortPrompt | None) -> ShortPrompt | None:
        if value is not None and THING not in value.text:
            raise ValueError(f"the text must say {THING} where the thing's name belongs")
        return value


def available() -> tuple[str, ...]:
    """Names of the prompt sets that ship with the toolkit."""
    return tuple(sorted(path.stem for path in resources.folder("prompts").glob("*.yaml")))


def path_of(name_or_path: str) -> Path:
    """File of a prompt set that ships with the toolkit, or of one's own. Raises UserError."""
    shipped = resources.folder("prompts") / f"{name_or_path}.yaml"
    if name_or_path in available():
        return shipped
    path = resources.user_path(name_or_path)
    if path.is_file():
        return path
    raise UserError(
        f"caption.prompts: no prompt set '{name_or_path}': it is neither a file nor one of "
        f"{', '.join(available())}"
    )


@cache
def load(name_or_path: str) -> PromptSet:
    """A checked prompt set. Raises UserError naming the file, the key and what is wrong."""
    path = path_of(name_or_path)
    try:
        return PromptSet.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(step) for step in first["loc"]) or "the file"
        raise UserError(f"{path}: {key}: {first['msg']}") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        problem = getattr(error, "problem", None) or getattr(error, "strerror", None) or error
        raise UserError(f"{path}: not a prompt set that can be read ({problem})") from None
