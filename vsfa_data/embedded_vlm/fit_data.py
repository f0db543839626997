"""Lessons as numbers, in one file: made once, where the tokenizer is, read where the GPU is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from vsfa_data.embedded_vlm.lessons import Lesson

Ids = NDArray[np.int64]


class Fixed(NamedTuple):
    """What stands around question and answer in every conversation, as token ids."""

    before: tuple[int, ...]
    between: tuple[int, ...]
    """From the end of the picture to the answer."""
    end: int


class Data(NamedTuple):
    """n lessons. Row i's question is `questions[question_ends[i-1]:question_ends[i]]`."""

    questions: Ids
    question_ends: Ids
    answers: Ids
    answer_ends: Ids
    readings: Ids
    """n x 4: first, second, kind, state."""
    families: tuple[str, ...]
    fixed: Fixed

    def row(self, at: int) -> tuple[Ids, Ids]:
        """Question and answer of lesson `at`."""
        parts = []
        for ids, ends in (
            (self.questions, self.question_ends),
            (self.answers, self.answer_ends),
        ):
            parts.append(ids[ends[at - 1] if at else 0 : ends[at]])
        return parts[0], parts[1]


def encode(lessons: Iterable[Lesson], tokenizer: Any) -> Data:
    """Lessons as the chat template writes them, question before picture."""
    encoded = lru_cache(4096)(lambda text: tuple(tokenizer.encode(text, add_special_tokens=False)))
    start, end = tokenizer.convert_tokens_to_ids(["<|im_start|>", "<|im_end|>"])
    newline = encoded("\n")
    fixed = Fixed(
        before=(start, *encoded("user"), *newline),
        between=(end, *newline, start, *encoded("assistant"), *newline),
        end=end,
    )
    listed = list(lessons)
    questions = [encoded(one.question) for one in listed]
    answers = [encoded(one.answer) for one in listed]
    return Data(
        *_flat(questions),
        *_flat(answers),
        np.array([(one.first, one.second, one.kind, one.state) for one in listed]),
        tuple(one.family for one in listed),
        fixed,
    )


def write(data: Data, path: Path) -> None:
    """Put the lessons into a file of at most some megabytes."""
    from safetensors.numpy import save_file

    names = sorted(set(data.families))
    arrays: dict[str, NDArray[Any]] = {
        "questions": data.questions.astype(np.uint16),
        "question_ends": data.question_ends.astype(np.uint32),
        "answers": data.answers.astype(np.uint16),
        "answer_ends": data.answer_ends.astype(np.uint32),
        "readings": data.readings.astype(np.uint16),
        "families": np.array([names.index(one) for one in data.families], np.uint8),
    }
    save_file(arrays, path, {"families": json.dumps(names), "fixed": json.dumps(data.fixed)})


def read(path: Path) -> Data:
    """The lessons of such a file."""
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as opened:
        arrays = {name: opened.get_tensor(name).astype(np.int64) for name in opened.keys()}  # noqa: SIM118
        meta = opened.metadata()
    before, between, end = json.loads(meta["fixed"])
    names = json.loads(meta["families"])
    families = tuple(names[at] for at in arrays.pop("families"))
    return Data(**arrays, families=families, fixed=Fixed(tuple(before), tuple(between), end))


def batches(data: Data, size: int, seed: int) -> Iterator[Ids]:
    """Numbers of lessons, for ever: each batch of about one length, in an order drawn by `seed`."""
    draw = np.random.default_rng(seed)
    lengths = np.diff(data.question_ends, prepend=0) + np.diff(data.answer_ends, prepend=0)
    while True:
        order = draw.permutation(len(lengths))
        pool = size * 16
        for start in range(0, len(order) - size + 1, pool):
            near = order[start : start + pool]
            near = near[np.argsort(lengths[near], kind="stable")]
            parts = [near[at : at + size] for at in range(0, len(near) - size + 1, size)]
            for part in draw.permutation(len(parts)):
                yield parts[part]


def _flat(rows: Sequence[tuple[int, ...]]) -> tuple[Ids, Ids]:
    ends = np.cumsum([len(row) for row in rows])
    return np.fromiter((one for row in rows for one in row), np.int64, int(ends[-1])), ends
