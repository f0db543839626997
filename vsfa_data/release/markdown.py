"""Text that others wrote, inside Markdown: it shows as it is and does nothing.

A template's every `{{ ... }}` passes through `shown`; only `Trusted` text goes out untouched.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any, Final

from jinja2 import FileSystemLoader, StrictUndefined, Template, Undefined
from jinja2.sandbox import SandboxedEnvironment

MAX_CHARS: Final = 300
_SPECIAL: Final = re.compile(
    # A colon before a blank, and an underscore inside a word, do nothing in Markdown.
    r"[\\`*{}\[\]<>()|~$&@#!\"'=^]|:(?=\S)|(?<=www)\.|(?<![a-z0-9])_|_(?![a-z0-9])",
    re.IGNORECASE,
)


class Trusted(str):
    """Markdown that is safe already."""

    __slots__ = ()


def one_line(text: str) -> str:
    """`text` on one line, without control, bidi and invisible characters, cut to MAX_CHARS."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= MAX_CHARS else line[: MAX_CHARS - 3] + "..."


def escape(text: str) -> Trusted:
    """`text` for a cell or a line of prose: what Markdown or HTML would act on is an entity.

    Markers that only count at the start of a line (`-`, `+`, `1.`) get a backslash there.
    """
    line = _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", one_line(text))
    return Trusted(re.sub(r"^(\d*)([-+.])(?=[-+\s]|$)", r"\1\\\2", line))


def shown(value: Any) -> str:
    """What a template prints for `value`. Raises jinja2.UndefinedError if there is none."""
    if isinstance(value, Trusted):
        return value
    if isinstance(value, Undefined):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    return escape(str(value))


def code(text: str) -> Trusted:
    """`text` as a code span."""
    return Trusted("`" + one_line(text).replace("`", "'").replace("|", "/") + "`")


def plain(text: str) -> Trusted:
    """A digest or version as it is, for a code block. Raises ValueError for anything else."""
    if not re.fullmatch(r"[0-9A-Za-z._+-]+", text):
        raise ValueError(f"not plain: {text!r}")
    return Trusted(text)


def fenced(value: Any, language: str) -> Trusted:
    """`value` as JSON in a code block, with a fence that nothing in it can close."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    text = "".join(c if c.isprintable() or c == "\n" else _json_escape(c) for c in text)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return Trusted(f"{fence}{language}\n{text}\n{fence}")


def template(folder: Path, name: str) -> Template:
    """The template `name` in `folder`, in a sandbox where a missing variable is an error."""
    return _environment(folder).get_template(name)


@functools.cache
def _environment(folder: Path) -> SandboxedEnvironment:
    """Keeps what it has compiled, until the file changes."""
    environment = SandboxedEnvironment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        finalize=shown,
        # Escaping for HTML would be wrong here: `shown` escapes for Markdown.
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(code=code, fenced=fenced, plain=plain)
    return environment


def _json_escape(character: str) -> str:
    return json.dumps(character)[1:-1]
