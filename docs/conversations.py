"""Writes ten conversations of a quickstart build into the README.

Run as `python docs/conversations.py OUT`. A test holds the README against the build that the tests
make, so it is found stale when a wording changes.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

from vsfa_data.ask import report

README: Final = Path(__file__).resolve().parents[1] / "README.md"
MARKS: Final = ("<!-- conversations -->\n", "<!-- end of conversations -->")
BLOCK: Final = re.compile("(.*)".join(MARKS), re.DOTALL)
SHOWN: Final = (
    *("firearms-m16-rifle.png", "animals-spider.png", "animals-jaguars.jpg", "blades-sword.png"),
    *("explosives-shell.png", "music-violin.png", "animals-penguin.png"),
    *("buildings-pont-du-gard.jpg", "animals-sheep.jpg", "food-pineapple.png"),
)


def block(work: Path) -> str:
    """The conversations about SHOWN in the work folder of a quickstart build, as Markdown."""
    talks = {talk.source_ref: talk for talk in report.conversations(work, sys.maxsize)}
    parts = []
    for name in SHOWN:
        lines = [f"- *{question}* {answer}" for question, answer, _ in talks[name].pairs]
        parts.append("\n".join([f"**{name}** ({talks[name].config})", "", *lines, ""]))
    return "\n" + "\n".join(parts) + "\n"


def main() -> None:
    """Rewrite the block between its marks."""
    made = block(Path(sys.argv[1], "work"))
    text = README.read_text(encoding="utf-8")
    README.write_text(BLOCK.sub(lambda _: made.join(MARKS), text), encoding="utf-8")


if __name__ == "__main__":
    main()
