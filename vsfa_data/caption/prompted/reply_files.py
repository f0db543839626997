"""Kept replies as a file that can be read, shipped and taken in elsewhere: one JSON object a line.

Who has the file, the pictures and the model's files builds the same captions again without
running the model. Lines are sorted, so that the same replies make the same file.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from vsfa_data.caption.prompted.replies import Finish, Reply, Usage
from vsfa_data.caption.prompted.reply_cache import FILE, Asked, ReplyCache
from vsfa_data.errors import UserError
from vsfa_data.files.atomic import write_atomically, writing

MAX_LINE_BYTES: Final = 1_000_000
_ALL: Final = """
    SELECT what, image_id, text, finish, input_tokens, output_tokens, cost
    FROM replies JOIN asked ON asked.key = replies.asked ORDER BY replies.asked, image_id
"""
_SUMS: Final = """
    SELECT what, count(*), sum(finish = 'length'), sum(finish = 'refusal'),
           sum(input_tokens), sum(output_tokens), sum(cost)
    FROM replies JOIN asked ON asked.key = replies.asked GROUP BY replies.asked
"""


class Line(BaseModel):
    """One line of the file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    captioner: str = Field(max_length=1000)
    prompt: str = Field(max_length=10_000)
    version: str = Field(max_length=100)
    parameters: dict[str, JsonValue]
    image_id: str = Field(pattern=r"^[0-9a-f]{64}$")
    text: str
    finish: Finish
    input_tokens: int | None = Field(None, ge=0, lt=2**40)
    output_tokens: int | None = Field(None, ge=0, lt=2**40)
    cost: float | None = Field(None, ge=0.0, allow_inf_nan=False)


class Sum(NamedTuple):
    """What was asked of one captioner, in the words of one prompt set, with one set of parameters.

    Tokens and cost are None where no server counted them.
    """

    captioner: str
    version: str
    replies: int
    cut_off: int
    refused: int
    input_tokens: int | None
    output_tokens: int | None
    cost: float | None


def sums(folder: Path) -> list[Sum]:
    """The replies in `folder`, summed up; most first. Empty if there are none."""
    if not (folder / FILE).is_file():
        return []
    found: dict[tuple[str, str], list[Any]] = {}
    for what, *numbers in _rows(folder, _SUMS):
        asked = json.loads(what)
        key = (asked["captioner"], asked["version"])
        found[key] = [
            _plus(*pair) for pair in zip(found.get(key, [None] * 6), numbers, strict=True)
        ]
    listed = [Sum(*key, *numbers) for key, numbers in found.items()]
    return sorted(listed, key=lambda one: (-one.replies, one.captioner, one.version))


def export(folder: Path, file: Path) -> int:
    """Write all replies in `folder` to `file`; how many they are.

    Raises UserError if that is a file of another kind.
    """
    _require_own(file)
    lines = []
    for what, *values in _rows(folder, _ALL):
        names = ("image_id", "text", "finish", "input_tokens", "output_tokens", "cost")
        line = json.loads(what) | dict(zip(names, values, strict=True))
        lines.append(json.dumps(line, ensure_ascii=False, sort_keys=True))
    write_atomically(file, "".join(f"{line}\n" for line in lines).encode())
    return len(lines)


def _require_own(file: Path) -> None:
    try:
        with file.open("rb") as there:
            first = there.readline(MAX_LINE_BYTES)
    except FileNotFoundError:
        return
    except OSError as error:
        raise UserError(f"{file} cannot be written ({error.strerror}). Give another file") from None
    try:
        if first:
            Line.model_validate_json(first)
    except ValidationError:
        raise UserError(
            f"{file} exists and holds no replies, so it stays. Give another file with --export"
        ) from None


def take_in(folder: Path, file: Path) -> int:
    """Add the replies of `file` to those in `folder`; how many they are.

    Raises UserError, and adds nothing, if a line is not what `export` writes.
    """
    lines = list(_checked(file))
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with closing(ReplyCache(folder)) as cache:
        for line in lines:
            asked = Asked(line.captioner, line.prompt, line.version, line.parameters)
            usage = None
            if line.input_tokens is not None and line.output_tokens is not None:
                usage = Usage(line.input_tokens, line.output_tokens, line.cost)
            cache.add(line.image_id, asked, Reply(line.text, line.finish, usage))
    return len(lines)


def _checked(file: Path) -> Iterator[Line]:
    try:
        with file.open("rb") as given:
            for number, data in enumerate(iter(lambda: given.readline(MAX_LINE_BYTES), b""), 1):
                yield _line(data, f"{file}, line {number}")
    except OSError as error:
        raise UserError(f"{file} cannot be read ({error.strerror})") from None


def _line(data: bytes, where: str) -> Line:
    try:
        return Line.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(step) for step in first["loc"])
        raise UserError(f"{where}: {key or 'not JSON'}: {first['msg']}") from None


def _rows(folder: Path, query: str) -> Iterator[tuple[Any, ...]]:
    try:
        address = (folder / FILE).absolute().as_uri()
        with closing(sqlite3.connect(f"{address}?mode=ro", uri=True)) as base:
            yield from base.execute(query)
    except sqlite3.Error as error:
        raise UserError(f"{folder / FILE} cannot be read ({error})") from None


def _plus(one: float | None, other: float | None) -> float | None:
    return one if other is None else other if one is None else one + other
