"""What a build came to: for people, and as the object of `--json`."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from vsfa_data.console import streams
from vsfa_data.console.output import result
from vsfa_data.console.tables import print_wide
from vsfa_data.errors import printable

if TYPE_CHECKING:
    from rich.console import Console

    from vsfa_data.pipeline import Built
    from vsfa_data.release.step import Released


_SHOWN_COVARIATES = 6
_AIM = 0.1
_SHOWN_LICENSES = 3
_SHOWN_CHARS = 60


def show_built(built: Built, screen: Console) -> None:
    """The funnel, where the tables are or, if there is one, the release, and how to load it.

    What a reader should mind of a release goes to stderr, whatever the `screen` is.
    """
    said = [_rejects_line(built), built.unanswered, _balance_line(built)]
    lines = [printable(line) for line in said if line]
    lines += _where(built) if built.released is None else _release_lines(built.released)
    with result():
        print_wide(_funnel_table(built), screen)
        for line in lines:
            # The build has succeeded, whatever letters the screen has.
            known = line.encode(screen.encoding, "backslashreplace").decode(screen.encoding)
            screen.print(escape(known), soft_wrap=True)
    for note in _notes(built.released):
        streams.stderr.print(escape(printable(note)), soft_wrap=True)


def _where(built: Built) -> Iterator[str]:
    if stages := ",".join(built.stages):
        yield f"tables (see docs/tables.md): {built.work}/{{{stages}}}/part-*.parquet"


def _release_lines(released: Released) -> Iterator[str]:
    for config, splits in released.counts.items():
        shares = ", ".join(f"{split} {rows}" for split, rows in splits.items())
        rows = sum(splits.values())
        yield f"{config}: {rows} image{'' if rows == 1 else 's'} ({shares})"
    yield f"fingerprint: {released.fingerprint}"
    yield "release:"
    yield f"  {released.path}"
    yield "load it with:"
    config, splits = next(iter(released.counts.items()))
    yield "  from datasets import load_dataset"
    yield f"  dataset = load_dataset({str(released.path)!r}, {config!r})"
    yield f"  print(dataset[{next(iter(splits))!r}][0]['messages'])"


def _notes(released: Released | None) -> Iterator[str]:
    if released is None:
        return
    if said := _licenses_line(released.licenses):
        yield said
    if released.empty:
        named = ", ".join(
            f"{one} has no {' and no '.join(of)}" for one, of in released.empty.items()
        )
        yield (
            f"note: {named} rows: a split is drawn for each image and for what is like it, and "
            f"with few images one may stay empty. More images, or other shares (release.splits), "
            f"fill it"
        )
    if released.replaced is not None:
        yield (
            f"note: this replaced another release, {released.replaced_name}, with the fingerprint "
            f"{released.replaced}. To keep both, build with another --out, under another name or "
            f"version"
        )


def _rejects_line(built: Built) -> str:
    """Which files were not collected and what shows all of them; empty if none was rejected."""
    if not built.not_collected or built.work is None:
        return ""
    line = built.funnel["collect"]
    named = ", ".join(f"{reference} ({reason})" for reference, reason in built.not_collected)
    more = line["in"] - line["kept"] - len(built.not_collected)
    rest = f", and {more} more" if more else ""
    shown = f"vsfa-data rejects {shlex.quote(str(built.work.parent))}"
    return f"not collected: {named}{rest}; {shown} shows why"


def _licenses_line(licenses: Mapping[str, int]) -> str:
    """How many pictures have a licence of which nothing is known, and how to leave them out."""
    from vsfa_data.words.license_class import of_class

    others = of_class(licenses, "other")
    if not (total := sum(others.values())):
        return ""
    named = ", ".join(f"'{name[:_SHOWN_CHARS]}'" for name in list(others)[:_SHOWN_LICENSES])
    more = f" and {len(others) - _SHOWN_LICENSES} more" if len(others) > _SHOWN_LICENSES else ""
    pictures = "1 picture has" if total == 1 else f"{total} pictures have"
    return (
        f"note: {pictures} a licence of class 'other' ({named}{more}), which may not allow "
        f"publishing them; filter.licenses, a list of classes without it, leaves them out"
    )


def _balance_line(built: Built) -> str:
    """How alike threats and controls are, and what still differs; empty if none were matched."""
    apart = {name: found["after"] for name, found in built.balance.items()}
    far = sorted((name for name in apart if abs(apart[name]) >= _AIM), key=lambda n: -abs(apart[n]))
    if not apart:
        return ""
    alike = f"controls: {len(apart) - len(far)} of {len(apart)} covariates differ by less than 0.1"
    listed = ", ".join(f"{name} {apart[name]:+.2f}" for name in far[:_SHOWN_COVARIATES])
    more = f", and {len(far) - _SHOWN_COVARIATES} more" if len(far) > _SHOWN_COVARIATES else ""
    return f"{alike} standard deviations" + (f"; not so {listed}{more}" if far else "")


def _funnel_table(built: Built) -> Table:
    table = Table(title="funnel", title_justify="left", show_edge=False)
    table.add_column("step")
    table.add_column("", justify="right")
    table.add_column("of which rejected")
    for name, count, note in _funnel_lines(built):
        table.add_row(name, f"{count:,}", escape(note))
    return table


def _funnel_lines(built: Built) -> Iterable[tuple[str, int, str]]:
    from vsfa_data.pipeline.funnel import reasons_text

    names = {"filter": "selected", "caption": "captioned", "release": "released"}
    for step, line in built.funnel.items():
        if step == "collect":
            yield "images collected", line["in"], reasons_text(line)
            yield "images readable and unique", line["kept"], ""
        elif step == "ask":
            yield "pairs asked", line["in"], reasons_text(line)
            yield "pairs kept", line["kept"], ""
        else:
            if step == "filter" and built.scored is not None:
                yield "images scored", built.scored, reasons_text(line)
            note = "" if step == "filter" else reasons_text(line)
            yield f"images {names[step]}", line["kept"], note


def as_json(built: Built, recipe: Mapping[str, Any]) -> dict[str, Any]:
    """What `--json` prints."""
    released = built.released
    return {
        "recipe": {"name": recipe["name"], "version": recipe["version"], "seed": recipe["seed"]},
        "funnel": built.funnel,
        "stages": built.stages,
        "balance": built.balance,
        "release": None if released is None else str(released.path),
        "fingerprint": None if released is None else released.fingerprint,
        "replaced": None if released is None else released.replaced,
        "replaced_name": None if released is None else released.replaced_name,
        "configs": {} if released is None else released.counts,
    }
