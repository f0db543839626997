"""Files of concept sets: where they are, what they extend, and what is no such file at all."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from vsfa_data import resources
from vsfa_data.errors import UserError
from vsfa_data.plain_yaml import plain_yaml

MAX_BYTES: Final = 1_000_000
_MAX_DEPTH: Final = 5


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


def read(path: Path) -> dict[str, Any]:
    """What the file says, laid over the set that it extends; not checked any further.

    Raises UserError naming the file and its fault.
    """
    return _extended(path, _plain(path), ())


@lru_cache(maxsize=8)
def _parsed(text: str) -> Any:
    """A build asks for its set a dozen times, and reading YAML takes a tenth of a second."""
    return plain_yaml(text)


def _plain(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"{path}: a concept set is at most {MAX_BYTES:,} bytes")
        data = deepcopy(_parsed(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" (line {mark.line + 1})" if mark else ""
        problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise UserError(f"{path}: not valid YAML: {problem}{place}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read as a concept set: {error}") from None
    if not isinstance(data, dict):
        raise UserError(f"{path}: a concept set is a mapping with version, threat and neutral")
    return data


def _extended(path: Path, data: dict[str, Any], above: tuple[Path, ...]) -> dict[str, Any]:
    """`data` laid over the set that its key `extends` names, if it has one.

    What it says of prompts replaces the other's; a concept replaces the other's of its name and
    is otherwise added. A path starts at the file's folder.
    """
    given = data.pop("extends", None)
    if given is None:
        return data
    if not isinstance(given, str) or len(above) >= _MAX_DEPTH:
        raise UserError(f"{path}: extends: give one name or path, and at most {_MAX_DEPTH} deep")
    base = find(given if given in available() else str(path.parent / given))
    if base.resolve() in (path.resolve(), *above):
        raise UserError(f"{path}: extends: {base} extends this set itself")
    below = _extended(base, _plain(base), (*above, path.resolve()))
    merged = {**below, **data}
    for side in ("threat", "neutral"):
        ours, theirs = data.get(side), below.get(side)
        if isinstance(ours, list) and isinstance(theirs, list):
            names = [name for name in map(_name, ours) if name is not None]
            if twice := [name for name, count in Counter(names).items() if count > 1]:
                raise UserError(f"{path}: the name '{twice[0]}' occurs twice")
            merged[side] = _laid_over(ours, theirs)
    return merged


def _name(concept: Any) -> str | None:
    """Name of what may be a concept; None if it has none that could be one."""
    found = concept.get("name") if isinstance(concept, dict) else None
    return found if isinstance(found, str) else None


def _laid_over(ours: list[Any], theirs: list[Any]) -> list[Any]:
    """Their concepts, each replaced by ours of the same name, and then our others.

    What is no concept at all stays, for whoever checks the whole.
    """
    named = {name: one for one in ours if (name := _name(one))}
    names = {name for one in theirs if (name := _name(one))}
    kept = [named.get(_name(one) or "", one) for one in theirs]
    return [*kept, *(one for one in ours if _name(one) not in names)]
