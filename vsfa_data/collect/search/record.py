"""What a search service answered, kept in the workspace: what the source lists from then on.

    DIR/work/listed-<source>-<key>/page-00000.json   one answer, in the order in which they came

A service answers the same question otherwise tomorrow. So each question is asked once: an
interrupted listing goes on where it stopped, a repeated build lists the same images, and a recipe
with further searches, or more images of each, asks for no more than what is new.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from vsfa_data.collect.source import Candidate
from vsfa_data.errors import WorkspaceError

Cursor = Mapping[str, str | int]
"""Where the next page of a search begins, as the service has it."""
BEGINNING: Final[Cursor] = {}
_OURS: Final = re.compile(r"page-\d{5,}\.json|\.tmp-\d+-page-.*")


@dataclass(frozen=True)
class Page:
    """What a search found, and where it goes on; None: there is no more."""

    query: str
    found: tuple[Candidate, ...]
    following: Cursor | None


class Record:
    """The answers of one service. Reading them needs no network."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def pages(self) -> Iterator[Page]:
        """Pages so far, in order. Raises WorkspaceError for one that cannot be read."""
        number = 0
        while (path := self._page(number)).is_file():
            yield _read(path)
            number += 1

    def add(self, page: Page, number: int) -> None:
        """Keep a further page, the one after `number` others: whole or not at all."""
        from vsfa_data.files.atomic import write_atomically, writing

        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        found = [
            {name: value for name, value in asdict(one).items() if value is not None}
            for one in page.found
        ]
        told = {"query": page.query, "following": page.following, "found": found}
        text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        write_atomically(self._page(number), text.encode("utf-8", "replace"))

    def clear(self) -> None:
        """Forget all pages; a file that is not of this program's making stays."""
        if self.folder.is_dir() and not self.folder.is_symlink():
            # The last one first: what is left at any time is a listing that was interrupted.
            for path in sorted(self.folder.iterdir(), reverse=True):
                if _OURS.fullmatch(path.name):
                    path.unlink()

    def _page(self, number: int) -> Path:
        return self.folder / f"page-{number:05d}.json"


def _read(path: Path) -> Page:
    try:
        told: dict[str, Any] = json.loads(path.read_bytes())
        found = tuple(Candidate(**one) for one in told["found"])
        return Page(told["query"], found, told["following"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise WorkspaceError(
            f"{path} is damaged ({error}). Run the same command again with --relist, which asks "
            f"the search services anew"
        ) from None
