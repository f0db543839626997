"""Looks at every conversation once before a run: how long it is, and whether it can be used."""

from __future__ import annotations

import json
import os
import socket
import struct
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vsfa_data.errors import UserError, printable
from vsfa_data.files.atomic import write_atomically, writing
from vsfa_data.train.budget import Turns
from vsfa_data.train.collate import Collator
from vsfa_data.train.conversation import Conversation
from vsfa_data.train.release import Source
from vsfa_data.train.rows import Rows, copy
from vsfa_data.train.split import Split
from vsfa_data.train.watcher import Watcher

SPLITS: Final = ("train", "validation")
_MEASURED: Final = "-turns.json"


@dataclass(frozen=True)
class Measure:
    """Counts tokens with the collator that will make the batches. Runs in worker processes."""

    collator: Collator

    def __call__(self, rows: Sequence[Conversation]) -> list[Turns] | UserError:
        """The lengths of each by its turns, or why one of them cannot be used.

        No turns: the text of one holds a control token, such as `<|im_end|>` or `<image>`. The
        error is an answer because torch would wrap one that is raised in a worker.
        """
        control = control_tokens(self.collator.processor.tokenizer)
        try:
            return [[] if _holds(row, control) else self._one(row) for row in rows]
        except UserError as error:
            return error

    def _one(self, row: Conversation) -> Turns:
        from PIL import Image

        try:
            return self.collator.turns(row)
        except (OSError, SyntaxError, EOFError, struct.error, zlib.error) as error:
            raise UserError(
                f"the picture {row.image_id} cannot be decoded ({printable(str(error))[:120]}). "
                f"Build or download the release again"
            ) from None
        except Image.DecompressionBombError:
            raise UserError(f"the picture {row.image_id} has too many pixels to decode") from None


def control_tokens(tokenizer: Any) -> list[str]:
    """What a tokenizer reads as one token with a meaning of its own, wherever it stands."""
    added = tokenizer.added_tokens_decoder.values()
    return sorted({token.content for token in added if token.special})


def _holds(row: Conversation, control: Sequence[str]) -> bool:
    return any(token in turn["content"] for turn in row.messages for token in control)


def store(source: Source, splits: Mapping[str, Collection[int] | None], folder: Path) -> None:
    """Copy splits (name -> which rows, or None for all) to Arrow files in `folder`."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for split, wanted in splits.items():
            # Machines that share the folder write the same bytes at once: each its own file.
            fresh = folder / f".tmp-{socket.gethostname()}-{os.getpid()}-{split}"
            copy(source.files(split), fresh, wanted)
            fresh.replace(folder / f"{split}.arrow")


def stored(folder: Path, split: str) -> int:
    """Conversations of a stored split."""
    return Rows(folder / f"{split}.arrow").total


def measure(
    folder: Path, split: str, collator: Collator, workers: int, advanced: Callable[[int], None]
) -> None:
    """Write the lengths of a stored split beside it; `advanced` hears of each conversation.

    Raises UserError if one of them cannot be used.
    """
    from torch.utils.data import DataLoader

    rows: Any = Rows(folder / f"{split}.arrow")
    loader = DataLoader(rows, batch_size=4, num_workers=workers, collate_fn=Measure(collator))
    found: list[Turns] = []
    for part in loader:
        if isinstance(part, UserError):
            raise part
        found += part
        advanced(len(part))
    write_atomically(folder / f"{split}{_MEASURED}", json.dumps(found).encode())


def everything(folder: Path, split: str) -> Split:
    """All of a split that was stored and measured, be it usable or not, in its order."""
    turns = json.loads((folder / f"{split}{_MEASURED}").read_bytes())
    return Split(Rows(folder / f"{split}.arrow"), turns)


def load(folder: Path, split: str, max_length: int) -> Split:
    """What can be used of a split that was stored and measured: not what is longer than that."""
    found = everything(folder, split)
    return found.only(found.usable(max_length), max_length)


def read(
    source: Source,
    wanted: Collection[int] | None,
    folder: Path,
    measure_with: tuple[Collator, int],
    watcher: Watcher,
) -> None:
    """Store and measure a run's splits in `folder`, unless that is done.

    Of the train split the `wanted` rows are, None: all. `measure_with` is a collator, and in how
    many processes.
    """
    if all((folder / f"{split}{_MEASURED}").is_file() for split in SPLITS):
        return
    store(source, {"train": wanted, "validation": None}, folder)
    for split in SPLITS:
        watcher.preparing(split, stored(folder, split))
        measure(folder, split, *measure_with, watcher.prepared)
