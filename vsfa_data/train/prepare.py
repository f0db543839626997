"""Looks at every conversation once before a run: how long it is, and whether it can be used."""

from __future__ import annotations

import json
import os
import socket
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsfa_data.errors import UserError, printable
from vsfa_data.train.collate import IGNORED, Collator
from vsfa_data.train.conversation import Conversation
from vsfa_data.train.release import Source
from vsfa_data.train.rows import Rows, copy
from vsfa_data.workspace import write_atomically, writing


@dataclass(frozen=True)
class Split:
    """The conversations of a split that are used, with their lengths in tokens.

    `answers` counts those tokens of each that carry a loss. Left out were `too_long` ones, and
    those `with_control_tokens`: their text holds what only the chat template may write.
    """

    rows: Sequence[Conversation]
    lengths: Sequence[int]
    answers: Sequence[int]
    too_long: int = 0
    with_control_tokens: int = 0


@dataclass(frozen=True)
class Measure:
    """Counts tokens with the collator that will make the batches. Runs in worker processes."""

    collator: Collator

    def __call__(self, rows: Sequence[Conversation]) -> list[tuple[int, int]] | UserError:
        """(tokens, tokens of answers) of each, or why one of them cannot be used.

        No tokens: the text of a turn holds a control token, such as `<|im_end|>` or `<image>`.
        The error is an answer because torch would wrap one that is raised in a worker.
        """
        control = control_tokens(self.collator.processor.tokenizer)
        try:
            return [(0, 0) if _holds(row, control) else self._one(row) for row in rows]
        except UserError as error:
            return error

    def _one(self, row: Conversation) -> tuple[int, int]:
        from PIL import Image

        try:
            batch = self.collator([row])
        except (OSError, SyntaxError, EOFError, struct.error, zlib.error) as error:
            raise UserError(
                f"the picture {row.image_id} cannot be decoded ({printable(str(error))[:120]}). "
                f"Build or download the release again"
            ) from None
        except Image.DecompressionBombError:
            raise UserError(f"the picture {row.image_id} has too many pixels to decode") from None
        return batch["input_ids"].shape[1], int((batch["labels"] != IGNORED).sum())


def control_tokens(tokenizer: Any) -> list[str]:
    """What a tokenizer reads as one token with a meaning of its own, wherever it stands."""
    added = tokenizer.added_tokens_decoder.values()
    return sorted({token.content for token in added if token.special})


def _holds(row: Conversation, control: Sequence[str]) -> bool:
    return any(token in turn["content"] for turn in row.messages for token in control)


def store(source: Source, splits: dict[str, int | None], folder: Path) -> None:
    """Copy splits (name -> rows, at most) to Arrow files in `folder`."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for split, limit in splits.items():
            # Machines that share the folder write the same bytes at once: each its own file.
            fresh = folder / f".tmp-{socket.gethostname()}-{os.getpid()}-{split}"
            copy(source.files(split), fresh, limit)
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
    found: list[tuple[int, int]] = []
    for part in loader:
        if isinstance(part, UserError):
            raise part
        found += part
        advanced(len(part))
    write_atomically(folder / f"{split}.json", json.dumps(found).encode())


def load(folder: Path, split: str, max_length: int) -> Split:
    """A split that was stored and measured, without what is longer than `max_length` tokens."""
    found: list[tuple[int, int]] = json.loads((folder / f"{split}.json").read_bytes())
    fit = [index for index, (length, _) in enumerate(found) if 0 < length <= max_length]
    with_control_tokens = sum(length == 0 for length, _ in found)
    return Split(
        rows=Rows(folder / f"{split}.arrow", fit),
        lengths=[found[index][0] for index in fit],
        answers=[found[index][1] for index in fit],
        too_long=len(found) - len(fit) - with_control_tokens,
        with_control_tokens=with_control_tokens,
    )
