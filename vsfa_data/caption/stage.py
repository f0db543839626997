"""The stage that says of each selected image what is in it and what its pixels show."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

import pyarrow as pa

from vsfa_data import parts, tables
from vsfa_data.caption.picture import Picture
from vsfa_data.stages import MapStage, Output, Shard

if TYPE_CHECKING:
    from vsfa_data.caption.captioner import Caption, Captioner
    from vsfa_data.caption.pixels.pixels import Pixels
    from vsfa_data.recipe import Recipe

Row = dict[str, Any]

_LOOKERS: Final = 2
"""Threads that decode pictures and look at their pixels while the captioner works."""
_ROWS: Final = 16
"""Pictures whose bytes leave a shard's table at a time."""


class CaptionStage(MapStage):
    """A caption and the known facts for each image that was selected.

    Reads:  image of IMAGES, for the image_ids in SELECTION
    Writes: CAPTIONS, in the order of IMAGES
    Drops:  empty_caption, or the reason with which the captioner declines
    Raises: UserError for an unknown captioner, SetupError if its model is not installed
    """

    name: ClassVar[str] = "caption"
    step: ClassVar[str] = "caption"
    version: ClassVar[int] = 4
    reads: ClassVar[tuple[tables.Table, ...]] = (tables.IMAGES, tables.SELECTION)
    writes: ClassVar[tables.Table] = tables.CAPTIONS
    group_s: ClassVar[float] = 20.0
    libraries = ("torch", "timm", "transformers", "tokenizers", "numpy", "pillow")

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        self._captioner: Captioner = parts.load("captioners", recipe.caption.captioner)(
            recipe.caption
        )

    def settings(self) -> dict[str, Any]:
        """The section `caption`, the captioner's own options included."""
        return self.recipe.caption.model_dump(mode="json", exclude={"grounding"})

    def identities(self) -> dict[str, str]:
        """The captioner, down to its bytes."""
        return {"captioner": self._captioner.identity}

    def require(self) -> None:
        """Raise SetupError if the captioner's packages or files are missing."""
        self._captioner.require()

    def open(self) -> None:
        """Load the captioner's model."""
        self._captioner.open()

    def alone(self) -> bool:
        """Whether one process runs all shards, because the captioner has a GPU to itself."""
        return self._captioner.alone

    def cards(self) -> int:
        """GPUs that the captioner can use."""
        return self._captioner.cards

    def process(self, shard: Shard) -> Output:
        """Captions of the shard's selected images."""
        return next(self.process_all([shard]))

    def process_all(self, shards: Iterable[Shard]) -> Iterator[Output]:
        """As `process`; the captioner goes on from one shard to the next without a stop.

        Pictures are looked at while the captioner has them.
        """
        begun: deque[int] = deque()
        judged: list[Row] = []
        looks: deque[_Look] = deque()
        with ThreadPoolExecutor(_LOOKERS) as lookers:
            pictures = _looked(self._selected(shards, begun), lookers, looks)
            for caption in self._captioner.captions(pictures):
                look = looks.popleft()
                judged.append(self._judged(look.image_id, look.pixels.result(), caption))
                while begun and len(judged) >= begun[0]:
                    yield _output(judged, begun.popleft())
        for left in begun:  # shards of which nothing was selected, at the end
            yield _output(judged, left)

    def _selected(self, shards: Iterable[Shard], begun: deque[int]) -> Iterator[Picture]:
        """The selected images of all shards; their numbers go into `begun` before the first."""
        for shard in shards:
            if shard.work is not None:
                self._captioner.keep(shard.work / "replies")
            chosen = _selected_rows(shard)
            begun.append(chosen.num_rows)
            for batch in chosen.to_batches(_ROWS):
                for row in batch.to_pylist():
                    yield Picture(row["image_id"], row["image"], row["match_id"], row["title"])

    def _judged(self, image_id: str, look: Pixels, caption: Caption) -> Row:
        """A row of CAPTIONS, or of REJECTS: the one with a reason."""
        if caption.text.strip() and caption.reason is None:
            return self._row(image_id, caption, look)
        return dict(self.reject(caption.reason or "empty_caption", image_id=image_id))

    def _row(self, image_id: str, caption: Caption, seen: Pixels) -> Row:
        return {
            "image_id": image_id,
            "caption": caption.text.strip(),
            "labels": list(caption.labels),
            "facts": {
                "subject": caption.subject,
                "category": caption.category,
                "absent": list(caption.absent) or None,
                "colours": list(seen.colours) if seen.colours else None,
                "brightness": seen.brightness,
                "orientation": seen.orientation,
                "framing": seen.framing,
                "background": seen.background,
                **asdict(seen.measures),
            },
            "told": [
                {"topic": topic, "text": text, "end": end} for topic, text, end in caption.told
            ],
            "worded_by": self._captioner.worded_by,
            "captioner": self.recipe.caption.captioner,
        }


def _output(judged: list[Row], count: int) -> Output:
    """The output of a shard with `count` images: the first of `judged`, which leave it."""
    mine = judged[:count]
    del judged[:count]
    return Output(
        rows=tables.CAPTIONS.build(row for row in mine if "reason" not in row),
        rejects=tables.REJECTS.build(row for row in mine if "reason" in row),
        counted=count,
    )


class _Look(NamedTuple):
    """A picture that the captioner has, and what its pixels show as soon as somebody has looked."""

    image_id: str
    pixels: Future[Pixels]


def _looked(
    pictures: Iterator[Picture], lookers: Executor, looks: deque[_Look]
) -> Iterator[Picture]:
    """The pictures; somebody is set to look at each as it goes by, which `looks` gets."""
    from vsfa_data.caption.pixels import pixels

    def look(picture: Picture) -> Pixels:
        return pixels.look(picture.decode())

    for picture in pictures:
        looks.append(_Look(picture.image_id, lookers.submit(look, picture)))
        yield picture


def _selected_rows(shard: Shard) -> pa.Table:
    """image_id, image, title and match_id of the selected images, in the order of IMAGES."""
    selected = shard.read(tables.SELECTION, ["position", "match_id"]).to_pylist()
    images = shard.read(tables.IMAGES, ["image_id", "position", "image", "title"])
    # IMAGES still holds duplicates; the same bytes need one caption only.
    place = {position: at for at, position in enumerate(images.column("position").to_pylist())}
    rows = sorted(
        ((place[one["position"]], one["match_id"]) for one in selected), key=lambda row: row[0]
    )
    chosen = images.take(pa.array([at for at, _ in rows], pa.int64()))
    return chosen.append_column("match_id", pa.array([match for _, match in rows], pa.string()))
