"""The stage that says of each selected image what is in it and what its pixels show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

import pyarrow as pa

from vsfa_data import parts, tables
from vsfa_data.caption.picture import Picture
from vsfa_data.stages import MapStage, Output, Shard

if TYPE_CHECKING:
    from vsfa_data.caption.captioner import Caption, Captioner
    from vsfa_data.caption.pixels import Pixels
    from vsfa_data.recipe import Recipe

Row = dict[str, Any]

_LOOKERS: Final = 2
"""Threads that decode pictures and look at their pixels while the captioner works."""


class CaptionStage(MapStage):
    """A caption and the known facts for each image that was selected.

    Reads:  image of IMAGES, for the image_ids in SELECTION
    Writes: CAPTIONS, in the order of IMAGES
    Drops:  empty_caption, or the reason with which the captioner declines
    Raises: UserError for an unknown captioner, SetupError if its model is not installed
    """

    name: ClassVar[str] = "caption"
    step: ClassVar[str] = "caption"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[tables.Table, ...]] = (tables.IMAGES, tables.SELECTION)
    writes: ClassVar[tables.Table] = tables.CAPTIONS
    libraries = ("torch", "timm", "transformers", "tokenizers", "numpy", "pillow")

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        self._captioner: Captioner = parts.load("captioners", recipe.caption.captioner)(
            recipe.caption
        )

    def settings(self) -> dict[str, Any]:
        """The section `caption`, the captioner's own options included."""
        return self.recipe.caption.model_dump(mode="json")

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

    def process(self, shard: Shard) -> Output:
        """Captions of the shard's selected images."""
        return next(self.process_all([shard]))

    def process_all(self, shards: Iterable[Shard]) -> Iterator[Output]:
        """As `process`; the next pictures are decoded while the captioner has the last ones."""
        with ThreadPoolExecutor(_LOOKERS) as lookers:
            rows: list[Row] = []
            rejects: list[Row] = []
            looks = _looked(self._kept(shards), self._captioner.chunk, lookers)
            for looked in _one_ahead(looks):
                captions = self._captioner.caption(looked.pictures)
                for picture, look, caption in zip(*looked[:2], captions, strict=True):
                    if caption.text.strip() and caption.reason is None:
                        rows.append(self._row(picture.image_id, caption, look))
                    else:
                        reason = caption.reason or "empty_caption"
                        rejects.append(self.reject(reason, image_id=picture.image_id))
                if looked.last:
                    yield _output(rows, rejects)
                    rows, rejects = [], []

    def _kept(self, shards: Iterable[Shard]) -> Iterator[Shard]:
        """The same shards; the captioner is told where their build keeps replies."""
        for shard in shards:
            if shard.work is not None:
                self._captioner.keep(shard.work / "replies")
            yield shard

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
            },
            "captioner": self.recipe.caption.captioner,
        }


def _output(rows: list[Row], rejects: list[Row]) -> Output:
    return Output(
        rows=tables.CAPTIONS.build(rows),
        rejects=tables.REJECTS.build(rejects),
        counted=len(rows) + len(rejects),
    )


class _Looked(NamedTuple):
    """Some of a shard's pictures, and what their pixels show as soon as somebody has looked."""

    pictures: list[Picture]
    looks: Iterator[Pixels]
    last: bool


def _looked(shards: Iterable[Shard], size: int, lookers: Executor) -> Iterator[_Looked]:
    """The pictures of each shard, `size` at a time; none at all are a chunk too."""
    from vsfa_data.caption import pixels

    def look(picture: Picture) -> Pixels:
        return pixels.look(picture.image)

    for shard in shards:
        *most, last = list(_selected(shard, size)) or [[]]
        for chunk in most:
            yield _Looked(chunk, lookers.map(look, chunk), last=False)
        yield _Looked(last, lookers.map(look, last), last=True)


def _one_ahead(items: Iterable[_Looked]) -> Iterator[_Looked]:
    """The same items, each asked for before the one before it is worked on."""
    before: _Looked | None = None
    for item in items:
        if before is not None:
            yield before
        before = item
    if before is not None:
        yield before


def _selected(shard: Shard, size: int) -> Iterator[list[Picture]]:
    """The selected images, `size` at a time, in the order of IMAGES."""
    wanted = shard.read(tables.SELECTION, ["image_id"]).column("image_id").to_pylist()
    images = shard.read(tables.IMAGES, ["image_id", "image"])
    place: dict[str, int] = {}
    for at, image_id in enumerate(images.column("image_id").to_pylist()):
        # IMAGES still holds duplicates; the same bytes need one caption only.
        place.setdefault(image_id, at)
    chosen = images.take(pa.array(sorted(place[image_id] for image_id in wanted), pa.int64()))
    for start in range(0, chosen.num_rows, size):
        rows = chosen.slice(start, size).to_pylist()
        yield [Picture(row["image_id"], row["image"]) for row in rows]
