"""What `vsfa-data ask` ends with: what became of each question family, and conversations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vsfa_data.errors import printable


def show(out: Path, count: int) -> None:
    """A table of the families, then `count` whole conversations, which are the result if any."""
    from rich.markup import escape

    from vsfa_data.ask import report
    from vsfa_data.console import streams
    from vsfa_data.console.output import result
    from vsfa_data.console.tables import show_list, show_table

    found = report.families(out / "work")
    rows = [
        (
            name,
            f"{one.asked:,}",
            f"{one.kept:,}",
            ", ".join(f"{count} {reason}" for reason, count in one.rejected.most_common()),
            f"{one.mean_words:.1f}" if one.kept else "",
            f"{one.entropy_bits:.2f}" if one.kept else "",
        )
        for name, one in found.items()
    ]
    columns = ("family", "asked", "kept", "rejected", "words", "bits")
    title = "question families (words: mean length, bits: answer entropy)"
    (show_table if count else show_list)(title, columns, rows)
    for name, one in found.items():
        if one.flag:
            told = escape(printable(f"{name}: the answer is nearly always '{one.flag}'"))
            streams.stderr.print(f"[yellow]{told}[/]")
    with result():
        for talk in report.conversations(out / "work", count):
            named = f"\n[bold]{escape(printable(talk.source_ref))}[/] ({talk.config})"
            streams.stdout.print(named, soft_wrap=True)
            for question, answer, family in talk.pairs:
                streams.stdout.print(f"  {escape(printable(question))}", soft_wrap=True)
                said = f"    {escape(printable(answer))}  [dim]{family}[/]"
                streams.stdout.print(said, soft_wrap=True)


def as_json(out: Path, count: int) -> dict[str, Any]:
    """The same for `--json`."""
    from vsfa_data.ask import report

    return {
        "families": {name: one.as_json() for name, one in report.families(out / "work").items()},
        "conversations": [
            {
                "image_id": talk.image_id,
                "source_ref": talk.source_ref,
                "config": talk.config,
                "pairs": [
                    {"question": question, "answer": answer, "family": family}
                    for question, answer, family in talk.pairs
                ],
            }
            for talk in report.conversations(out / "work", count)
        ],
    }
