"""Facts from short replies: taken only where two replies agree, else not known.

A vision-language model gives free text. Questions need more: the name of the main object, and
something that is not there. Both are asked for, parsed strictly, and held against the caption,
which the same model wrote without knowing what it would be asked.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

from vsfa_data.caption.prompted.replies import Reply, tidy
from vsfa_data.embedded import categories
from vsfa_data.embedded.article import with_article

_NAME: Final = re.compile(
    r"(?:(?P<article>an?|the)\s+)?(?P<name>[a-z][a-z-]+(?:\s[a-z][a-z-]+){0,2})[.!]?", re.IGNORECASE
)
_NO: Final = re.compile(r"no[.!]?", re.IGNORECASE)
_NO_NAMES: Final = frozenset(
    {
        "image",
        "picture",
        "photo",
        "photograph",
        "object",
        "item",
        "thing",
        "subject",
        "scene",
        "background",
        "nothing",
        "none",
        "unknown",
        "unclear",
        "yes",
        "no",
        "not",
        "main",
        "and",
        "or",
        "with",
        "of",
    }
)
"""Words that a name of a thing does not have."""
MAX_WORDS_BETWEEN: Final = 4
"""Words that may stand between an article and the noun: "a small old wooden rifle"."""


def subject_of(reply: Reply, caption: str) -> str | None:
    """The main object's name without article ("revolver"), or None if it is not sure.

    It is sure if the reply is a name and nothing else, and the caption speaks of the same thing
    as of one that can be counted ("a silver revolver") or as of several ("tulips"). So nothing
    is named that only one of the two replies saw, and grammar knows which article it takes. Words
    before the noun that the caption does not have are left out ("toy rifle" -> "rifle").
    """
    found = _NAME.fullmatch(tidy(reply.text))
    if reply.finish != "stop" or found is None:
        return None
    words = found["name"].lower().split()
    if _NO_NAMES & set(words):
        return None
    names = (" ".join(words[start:]) for start in range(len(words)))
    return next((name for name in names if _speaks_of(caption, name)), None)


def _speaks_of(caption: str, name: str) -> bool:
    """Whether `caption` has `name` after an article or in the plural."""
    plural = name.endswith("s") and not name.endswith("ss")
    between = rf"(?:[\w'-]+,?\s+){{0,{MAX_WORDS_BETWEEN}}}?"
    before = "" if plural else rf"an?\s+{between}"
    return re.search(rf"\b{before}{re.escape(name)}\b", caption, re.IGNORECASE) is not None


def category_of(subject: str) -> str | None:
    """What kind of thing that is, where the classifier's vocabulary has the very name."""
    vocabulary = categories.vocabulary()
    for at in vocabulary.labels:
        if vocabulary.name(at).casefold() == subject:
            return vocabulary.category_of(at)
    return None


def absent_candidate(image_id: str, caption: str, subject: str) -> str | None:
    """An everyday thing to ask after that nothing said so far mentions; drawn by the image's id."""
    said = f"{caption} {subject} {category_of(subject)}".casefold()
    left = [thing for thing in categories.vocabulary().everyday if not _mentions(said, thing)]
    if not left:
        return None
    return min(left, key=lambda thing: sha256(f"{image_id}:absent:{thing}".encode()).digest())


def _mentions(said: str, thing: str) -> bool:
    """Whether any word of `thing` is in `said`: who has a boat is not asked for a sailing boat."""
    return any(word in said for word in re.split(r"[\s-]", thing.casefold()))


def is_no(reply: Reply) -> bool:
    """Whether the reply is "no" and nothing else.

    Models err towards "yes" when asked whether something is there (Li et al. 2023,
    arXiv:2305.10355), so a plain no is the answer that can be trusted.
    """
    return _NO.fullmatch(tidy(reply.text)) is not None


def ask_after(text: str, thing: str) -> str:
    """The prompt `absent` about `thing` ("a dog")."""
    return text.replace("{thing}", with_article(thing))
