"""What a model is asked about pictures must be as neutral as what the dataset asks about them.

Prompts are not published, and what a model replies is judged sentence by sentence. But they decide
what is said of every picture: one that asks for dangers, or for a way to make the thing, would have
both arms of an experiment speak of them, in words that no list may know.
"""

from __future__ import annotations

from collections.abc import Iterator

from vsfa_data.ask import faults, vocabulary
from vsfa_data.caption.prompted import prompts
from vsfa_data.errors import UserError
from vsfa_data.recipe import Recipe

_THING = "a teapot"


def require_neutral(recipe: Recipe) -> None:
    """Raise UserError if a prompt set of the user's own is not neutral, or is not about pictures.

    It may use any words but those that `vocabulary` refuses. A test holds sets that ship to it.
    """
    given = getattr(recipe.caption, "prompts", None)
    if not isinstance(given, str) or given in prompts.available():
        return
    for where, text in said(prompts.load(given)):
        if (found := objection(text)) is not None:
            raise UserError(
                f'{prompts.path_of(given)}: {where}: {found}: "{text}". Word it otherwise; '
                f"docs/neutrality.md says what is refused"
            )


def said(chosen: prompts.PromptSet) -> Iterator[tuple[str, str]]:
    """All that it asks, and where that stands."""
    for where in ("caption", "subject", "absent"):
        if (prompt := getattr(chosen, where)) is not None:
            yield where, prompt.text
    for topic, prompt in chosen.topics.items():
        yield f"topics.{topic}", prompt.text


def objection(text: str) -> str | None:
    """Why a model cannot be asked `text` about a picture, or None."""
    if markup := faults.MARKUP.search(text):
        return f"holds what a chat template may read: {markup[0]!r}"
    filled = text.replace(prompts.THING, _THING)
    return vocabulary.said_amiss(filled) or vocabulary.no_question(
        filled, has_slot=filled != text, is_follow_up=False
    )
