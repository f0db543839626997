"""Wordings as a template file has them: visible text, each once, with known names only."""

from __future__ import annotations

from typing import Annotated

import jinja2
from pydantic import AfterValidator, Field

from vsfa_data.ask import render


def _plain(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("a wording needs letters, and nothing that cannot be seen")
    return text


Wording = Annotated[str, Field(max_length=1000), AfterValidator(_plain)]
Wordings = Annotated[tuple[Wording, ...], Field(min_length=1)]


def check_variables(key: str, texts: tuple[str, ...], allowed: set[str]) -> None:
    """Raise ValueError for a wording that stands twice, and for one that names something else."""
    for number, text in enumerate(texts, 1):
        if text in texts[: number - 1]:
            raise ValueError(f"{key}: number {number} repeats an earlier wording")
        try:
            unknown = sorted(render.variables(text) - allowed)
        except jinja2.TemplateAssertionError:
            filters = ", ".join(render.environment().filters)
            raise ValueError(
                f"{key}: number {number}: unknown filter. Filters: {filters}"
            ) from None
        except jinja2.TemplateSyntaxError as error:
            told = f"its {{{{ }}}} or {{% %}} cannot be understood: {error.message}"
            raise ValueError(f"{key}: number {number}: {told}") from None
        except (RecursionError, MemoryError, SyntaxError):  # Python's own, of what Jinja makes
            told = "its {{ }} or {% %} are nested too deeply; make it several wordings"
            raise ValueError(f"{key}: number {number}: {told}") from None
        if unknown:
            raise ValueError(
                f"{key}: number {number} uses '{unknown[0]}', which is in none of requires, "
                f"optional and slots"
            )
