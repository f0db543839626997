"""Fills the slots of wordings: Jinja2 in a sandbox, with what is known of an image as values.

Only the text of template files is ever compiled. Captions, labels and facts are values: whatever
they contain, braces included, comes out as it went in.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

import jinja2
import pyarrow as pa
from jinja2.exceptions import SecurityError
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from vsfa_data import tables
from vsfa_data.ask import grammar

TOLD: Final = "told_"
"""What the names of the captioner's answers begin with, before their topic."""
FACT_NAMES: Final = (
    *("caption", "labels", *(field.name for field in tables.FACTS)),
    *(TOLD + topic for topic in tables.TOPICS),
)
"""What may be known of an image: columns of CAPTIONS, its facts, the captioner's answers."""

LISTS: Final = frozenset(
    {"labels", *(field.name for field in tables.FACTS if pa.types.is_list(field.type))}
)
"""Those of them that are lists."""
ERRORS: Final = (
    *(jinja2.TemplateError, TypeError, AttributeError, ValueError, LookupError),
    *(ArithmeticError, RecursionError, MemoryError),
)
"""What a wording of one's own may raise when it is filled."""
_ARTICLES: Final = ("a ", "an ", "the ", "some ")
_THINGS: Final = frozenset({"subject", "labels", "absent"})


class _Sandbox(ImmutableSandboxedEnvironment):
    """Without arithmetic, by which one line can take all memory or time."""

    intercepted_binops = frozenset({"*", "**", "/", "//", "%", "+", "-"})

    def call_binop(self, _context: Context, operator: str, _left: Any, _right: Any) -> Any:
        """Refuse it."""
        raise SecurityError(f"a wording cannot compute: '{operator}' is not allowed")


@cache
def environment() -> jinja2.Environment:
    """The sandbox: undefined names are errors, and the filters are those of grammar.py."""
    made = _Sandbox(
        autoescape=False,  # plain text for a model; what shows it as HTML escapes it
        undefined=jinja2.StrictUndefined,
    )
    made.globals.clear()
    made.filters = {
        "agree": grammar.agree,
        "and_list": grammar.and_list,
        "capitalised": grammar.capitalised,
        "length": len,
        "lettered": grammar.lettered,
        "or_list": grammar.or_list,
        "sentence": grammar.sentence,
        "with_article": grammar.with_article,
    }
    return made


@cache
def _compiled(wording: str) -> jinja2.Template:
    made = environment().from_string(wording)
    # There are none; as Jinja's own (empty) chain of mappings they took a third of all time.
    made.globals = {}
    return made


def variables(wording: str) -> set[str]:
    """Names that `wording` uses. Raises jinja2.TemplateSyntaxError for one that does not parse."""
    _compiled(wording)  # an unknown filter is found by compiling alone
    return find_undeclared_variables(environment().parse(wording))


def fill(wording: str, values: Mapping[str, Any]) -> str:
    """`wording`, a text of a template file, with its slots filled; white space is collapsed.

    Raises jinja2.UndefinedError for a slot without a value, SecurityError for what the sandbox
    forbids.
    """
    if (plain := _without_slots(wording)) is not None:
        return plain
    return " ".join(_compiled(wording).render(values).split())


@cache
def _without_slots(wording: str) -> str | None:
    """What becomes of a wording that is the same for every image; None of any other."""
    return None if "{" in wording else " ".join(wording.split())


def values_of(
    caption: str,
    labels: Sequence[str],
    facts: Mapping[str, Any],
    told: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """Every name of FACT_NAMES -> its value, cleaned, or None where nothing is known.

    Control characters and runs of white space become one space; things lose an article that
    they come with; a category that only repeats the subject is no knowledge.
    """
    given = {"caption": caption, "labels": labels, **facts}
    given |= {TOLD + one["topic"]: one["text"] for one in told}
    values: dict[str, Any] = {}
    for name in FACT_NAMES:
        value = given.get(name)
        if isinstance(value, str):
            values[name] = _clean(value, thing=name in _THINGS) or None
        else:
            cleaned = [_clean(item, thing=name in _THINGS) for item in value or ()]
            values[name] = list(dict.fromkeys(item for item in cleaned if item)) or None
    if values["category"] and values["category"] == values["subject"]:
        values["category"] = None
    return values


def worded(images: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Captions and answers that a model worded, of rows of CAPTIONS, cleaned as in `values_of`."""
    for image in images:
        if image["worded_by"] == "model":
            for text in (image["caption"], *(one["text"] for one in image["told"])):
                yield _clean(text, thing=False)


def _clean(text: str, *, thing: bool) -> str:
    if not text.isprintable():
        text = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)
    text = " ".join(text.split())
    if thing:
        for article in _ARTICLES:
            if text.casefold().startswith(article):
                return text[len(article) :]
    return text
