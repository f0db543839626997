"""The stage that turns what is known of each image into questions and answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar

from vsfa_data import tables
from vsfa_data.ask import checks, render, sound, template
from vsfa_data.ask.choose import Chooser, Question, Unit
from vsfa_data.errors import UserError
from vsfa_data.stages import MapStage, Output, Shard

if TYPE_CHECKING:
    from pathlib import Path

    from vsfa_data.ask.faults import Problem
    from vsfa_data.recipe import Recipe

Row = dict[str, Any]


class AskStage(MapStage):
    """More neutral questions about each image than it will keep, with their answers, checked.

    Reads:  caption, labels, facts and answers of each image whose caption is grounded; its partner
    Writes: one row per pair, most wanted first; the stage `balance` chooses among them
    Drops:  what checks.py finds, in the answer or in the picture's caption; `unbalanced` for the
            counterpart of one
    Raises: UserError for an unknown family or a mistake in a template file
    """

    name: ClassVar[str] = "ask"
    step: ClassVar[str] = "ask"
    version: ClassVar[int] = 3
    reads: ClassVar[tuple[tables.Table, ...]] = (tables.CAPTIONS, tables.GROUNDED, tables.SELECTION)
    writes: ClassVar[tables.Table] = tables.ASKED

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        self._templates: tuple[template.Template, ...] = ()
        self._checker: checks.Checker | None = None

    def settings(self) -> dict[str, Any]:
        """The section `ask` and the seed."""
        return {**self.recipe.ask.model_dump(mode="json"), "seed": self.recipe.seed}

    def identities(self) -> dict[str, str]:
        """sha256 of every file in use: templates, word lists, and the text encoder."""
        used = template.files(self.recipe.ask.families)
        template.load_all(self.recipe.ask.families)  # a mistake is told before any work is done
        for path in used.values():
            if path != template.path_of(path.stem):  # tests judge those that are shipped
                sound.check(path, by_meaning=self.recipe.ask.neutrality == "meaning")
        files: dict[str, Path] = {f"template {name}": path for name, path in used.items()}
        files |= checks.FILES
        hashes = {name: sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
        return hashes | checks.identities(self.recipe.ask)

    def require(self) -> None:
        """Raise MissingExtraError without the text encoder that the recipe asks for."""
        checks.require(self.recipe.ask)

    def open(self) -> None:
        """Load the templates and the word lists; the text encoder only once it is needed."""
        self._templates = template.load_all(self.recipe.ask.families)
        self._checker = checks.Checker(self.recipe.ask)

    def process(self, shard: Shard) -> Output:
        """The questions about one shard's images, in their order."""
        selected = shard.read(tables.SELECTION, ["image_id", "match_id"]).to_pylist()
        partners = {one["image_id"]: one["match_id"] for one in selected}
        rows: list[Row] = []
        rejects: list[Row] = []
        grounded = set(shard.read(tables.GROUNDED, ["image_id"]).column("image_id").to_pylist())
        captions = shard.read(tables.CAPTIONS).to_pylist()
        images = [image for image in captions if image["image_id"] in grounded]
        assert self._checker is not None  # noqa: S101  for the type checker: the stage is open
        self._checker.learn(render.worded(images), shard.work)
        for image in images:
            image_id = image["image_id"]
            pair_id = min(image_id, partners.get(image_id) or image_id)
            kept, dropped = self._ask(image, Chooser(self.recipe.seed, pair_id))
            rows.extend(kept)
            rejects.extend(dropped)
        return Output(
            rows=tables.ASKED.build(rows),
            rejects=tables.REJECTS.build(rejects),
            counted=len(rows) + len(rejects),
        )

    def _ask(self, image: Mapping[str, Any], chooser: Chooser) -> tuple[list[Row], list[Row]]:
        """Pairs and rejects of one image."""
        assert self._checker is not None  # noqa: S101  for the type checker: the stage is open
        told, checker = image["told"], self._checker
        values = render.values_of(image["caption"], image["labels"], image["facts"], told)
        free = checker.free_text(values, told) if image["worded_by"] == "model" else {}
        # A caption is published beside the pairs, and stands for the picture in `text`: a picture
        # whose caption is not fit for that cannot be asked about.
        fault = free.get("caption")
        rows: list[Row] = []
        rejects: list[Row] = []
        asked: set[str] = set()
        kept: list[Unit] = []
        numbers = count()
        for unit in self._units(chooser, values, kept):
            if fault is not None and len(rejects) >= self._wanted:
                break
            pairs = [_rendered(question, values) for question in unit.questions]
            found = [
                fault
                or checker.problem(question, pair, values, free)
                or checker.again(pair[0], asked)
                for question, pair in zip(unit.questions, pairs, strict=True)
            ]
            if any(found):
                rejects.extend(self._rejected(image["image_id"], unit, found))
                continue
            number = next(numbers)
            kept.append(unit)
            asked.update(text.casefold() for text, _ in pairs)
            after = _place(unit.after, kept)
            is_free = bool(free) and unit.template.answer_source in checks.FREE
            rows.extend(
                _row(image["image_id"], question, pair) | {"unit": number, "free": is_free, **after}
                for question, pair in zip(unit.questions, pairs, strict=True)
            )
        return rows, rejects

    def _units(
        self, chooser: Chooser, values: Mapping[str, Any], kept: list[Unit]
    ) -> Iterator[Unit]:
        """About twice as many as will be kept, then what follows up those that were `kept`."""
        for unit in chooser.units(values, self._templates):
            room = self._wanted - sum(len(one.questions) for one in kept)
            if room <= 0:
                break
            if len(unit.questions) <= room:
                yield unit
        if self.recipe.ask.follow_ups:
            yield from chooser.follow_ups(values, self._templates, tuple(kept))

    @property
    def _wanted(self) -> int:
        """Pairs of an image that `balance` may choose among."""
        return 2 * self.recipe.ask.pairs_per_image + 6

    def _rejected(self, image_id: str, unit: Unit, found: Sequence[Problem | None]) -> list[Row]:
        """Rejects for a whole unit: what has no problem of its own would be out of balance."""
        rejects = []
        for question, problem in zip(unit.questions, found, strict=True):
            reason, detail = problem or ("unbalanced", "its counterpart was rejected")
            told = f"{question.template_id}: {detail}"
            rejects.append(self.reject(reason, image_id=image_id, detail=told))
        return rejects


def _rendered(question: Question, values: Mapping[str, Any]) -> tuple[str, str]:
    try:
        return question.render(values)
    except render.ERRORS as error:
        raise UserError(
            f"ask.families: {question.template_id} cannot be rendered for every image: {error}. "
            f"Check the file with: vsfa-data templates --check FILE"
        ) from None


def _place(after: Question | None, kept: Sequence[Unit]) -> Row:
    """Which unit and which question of it a follow-up comes after."""
    if after is None:
        return {"after": None, "after_id": None}
    number = next(at for at, unit in enumerate(kept) if after in unit.questions)
    return {"after": number, "after_id": after.template_id}


def _row(image_id: str, question: Question, pair: tuple[str, str]) -> Row:
    used = question.template
    return {
        "image_id": image_id,
        "about": list(used.about or used.requires),
        "group": used.group,
        "opener": used.opener,
        "weight": used.weight,
        "question": pair[0],
        "answer": pair[1],
        "family": used.family,
        "template_id": question.template_id,
        "template_version": used.version,
        "answer_source": used.answer_source,
    }
