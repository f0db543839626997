"""Writes the parts of the documentation that say what the code says: `python docs/generate.py`.

With `--check` it writes nothing and exits with 1 if a page is stale; the tests run that.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Help text is laid out for one width and without colour wherever this runs.
os.environ |= {"COLUMNS": "88", "NO_COLOR": "1", "TERM": "dumb"}

from typer.testing import CliRunner

from vsfa_data import parts, recipe, tables
from vsfa_data.cli import app
from vsfa_data.collect.fetch.settings import FetchSection
from vsfa_data.release.rows import SCHEMA
from vsfa_data.sections import Section

ROOT = Path(__file__).resolve().parents[1]
HEAD = "<!-- Written by docs/generate.py; do not edit by hand. -->\n\n"


def commands() -> Iterator[tuple[str, str]]:
    """Name and help page of every command, in the order of `vsfa-data --help`."""
    for command in app.registered_commands:
        name = command.name or command.callback.__name__  # type: ignore[union-attr]
        shown = CliRunner().invoke(app, [name, "--help"], prog_name="vsfa-data")
        text = "\n".join(line.rstrip() for line in shown.output.strip().splitlines())
        yield name, text


def command_table() -> str:
    """One line a command, for the README."""
    lines = ["| command | what it does |", "|---|---|"]
    for _, text in commands():
        usage, what = text.split("\n\n")[:2]
        what = " ".join(what.split())
        lines.append(f"| `{_call(usage)}` | {what} |")
    return "\n".join(lines)


def _call(usage: str) -> str:
    """`Usage: vsfa-data verify [OPTIONS] {folder}` -> `vsfa-data verify FOLDER`."""
    call = usage.removeprefix("Usage: ").replace(" [OPTIONS]", "")
    return re.sub(r"\{(\w+)\}", lambda m: m[1].upper(), call).replace("[recipe]", "[RECIPE]")


def column_table() -> str:
    """The published dataset's columns, for the README."""
    lines = ["| column | type | meaning |", "|---|---|---|"]
    for column in tables.PUBLISHED:
        meaning = column.meaning + (f"; null: {column.null}" if column.null else "")
        lines.append(f"| `{column.name}` | {_type(column.name)} | {meaning} |")
    return "\n".join(lines)


def _type(name: str) -> str:
    if name == "image":
        return "Image"
    text = str(SCHEMA.field(name).type)
    return re.sub(r"<(element|item): ", "<", text).replace("double", "float64")


def commands_page() -> str:
    """docs/commands.md."""
    pages = [f"## {name}\n\n```\n{text}\n```\n" for name, text in commands()]
    return HEAD + "# Commands\n\n" + "\n".join(pages)


def recipe_page() -> str:
    """docs/recipes.md: every key that a recipe may hold."""
    lines = [HEAD + "# Recipes", "", recipe.__doc__ or "", ""]
    for title, model in _sections():
        lines += [f"## {title}", "", "| key | default | meaning |", "|---|---|---|"]
        for key, field in model.model_fields.items():
            inner = field.annotation
            if isinstance(inner, type) and issubclass(inner, Section):
                continue
            value = field.get_default(call_default_factory=True)
            default = "required" if field.is_required() else f"`{_yaml(value)}`"
            lines.append(f"| `{key}` | {default} | {' '.join((field.description or '').split())} |")
        lines.append("")
    return "\n".join(lines)


def _sections() -> Iterator[tuple[str, type[Section]]]:
    yield "the recipe itself", recipe.Recipe
    for name, field in recipe.Recipe.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield f"`{name}`", field.annotation
    yield "`collect.fetch`", FetchSection
    yield "`release.splits`", recipe.SplitSection
    yield "`collect.sources`, each entry", recipe.SourceSection
    for kind, (_, _, noun) in parts.KINDS.items():
        for name in parts.names(kind):
            yield f"{noun} `{name}`", parts.load(kind, name).Options


def _yaml(value: Any) -> str:
    if isinstance(value, Section):
        return str(value.model_dump(mode="json"))
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def tables_page() -> str:
    """docs/tables.md: every table of a workspace, and every reason code."""
    lines = [HEAD + "# Tables", "", tables.__doc__ or ""]
    for table in tables.ALL:
        lines += ["", f"## {table.name}", ""]
        lines += [f"Written by {table.writer}; one row per {table.unit}.", ""]
        lines += ["| column | type | meaning | null |", "|---|---|---|---|"]
        for column in table.columns:
            kind = re.sub(r"<(element|item): ", "<", str(column.type))
            lines.append(
                f"| `{column.name}` | {kind} | {column.meaning} | {column.null or 'never'} |"
            )
    lines += ["", "## Reason codes", "", "| code | meaning |", "|---|---|"]
    lines += [f"| `{code}` | {meaning} |" for code, meaning in tables.REASONS.items()]
    return "\n".join(lines) + "\n"


def readme() -> str:
    """README.md with its generated parts renewed."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, content in (("commands", command_table()), ("columns", column_table())):
        pattern = rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)"
        text, found = re.subn(
            pattern, lambda m, c=content: f"{m[1]}{c}\n{m[2]}", text, flags=re.DOTALL
        )
        if found != 1:
            raise SystemExit(f"README.md needs one part marked 'generated: {name}'")
    return text


def main() -> None:
    """Write the pages, or tell which are stale."""
    pages = {
        "README.md": readme(),
        "docs/commands.md": commands_page(),
        "docs/recipes.md": recipe_page(),
        "docs/tables.md": tables_page(),
    }
    stale = [
        name
        for name, text in pages.items()
        if not (ROOT / name).is_file() or (ROOT / name).read_text(encoding="utf-8") != text
    ]
    if "--check" in sys.argv:
        if stale:
            raise SystemExit(f"stale: {', '.join(stale)}. Run: python docs/generate.py")
        return
    for name in stale:
        (ROOT / name).write_text(pages[name], encoding="utf-8")


if __name__ == "__main__":
    main()
