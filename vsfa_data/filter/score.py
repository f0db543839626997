"""The first stage of `filter`: how near is each image to which concept."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

import pyarrow as pa

from vsfa_data import parts, tables
from vsfa_data.filter import calibration_files, concepts, looking
from vsfa_data.filter.encoder import Encoder
from vsfa_data.filter.feeding import Feed
from vsfa_data.filter.ready import MakeReady
from vsfa_data.stages import MapStage, Output, Shard


class ScoreStage(MapStage):
    """Score every image against all concepts of the recipe's set.

    Reads:  images (normalised image files), unique (which of them count)
    Writes: scores
    Drops:  nothing
    Raises: UserError if the encoder has no calibration for the concept set, SetupError if its
            weights are missing

    All threat concepts are scored whatever `filter.concepts` says: it, and every threshold, is
    applied by the select stage, so that changing one does not score the images again.
    """

    name = "score"
    step = "filter"
    version = 3
    reads: ClassVar[tuple[tables.Table, ...]] = (tables.IMAGES, tables.UNIQUE)
    writes = tables.SCORES
    libraries = (
        "torch", "timm", "open_clip_torch", "transformers", "tokenizers", "numpy", "pillow",
        "cykooz-resizer",
    )  # fmt: skip

    def settings(self) -> dict[str, Any]:
        """The encoder with its options."""
        chosen = self.recipe.filter
        options = set(parts.load("encoders", chosen.encoder).Options.model_fields)
        return chosen.model_dump(mode="json", include={"encoder", *options})

    def identities(self) -> dict[str, str]:
        """Encoder, concept set, calibration and the libraries that compute."""
        chosen = self.recipe.filter
        used = concepts.load(chosen.concept_set)
        return {
            "encoder": self._encoder().identity,
            "concept_set": f"{used.version} sha256:{used.content_hash}",
            "calibration": calibration_files.described(chosen),
        }

    def require(self) -> None:
        """Raise SetupError for a missing model, UserError for a missing calibration."""
        chosen, encoder = self.recipe.filter, self._encoder()
        encoder.require()
        calibration_files.of(chosen, encoder.identity)

    def open(self) -> None:
        """Load the encoder and the concepts' vectors."""
        from vsfa_data.filter.scorer import Cosines, Scorer

        chosen, encoder = self.recipe.filter, self._encoder()
        fitted = calibration_files.of(chosen, encoder.identity)
        encoder.open()
        self._cosines = Cosines(encoder, concepts.load(chosen.concept_set))
        self._scorer = Scorer.of(concepts.load(chosen.concept_set), fitted)
        feed = Feed.of(encoder, MakeReady(encoder.prepare), self.helpers)
        self._feed = replace(feed, encode=partial(looking.look, encoder))

    def alone(self) -> bool:
        """Whether the encoder computes on a GPU."""
        return self._encoder().on_accelerator

    def process(self, shard: Shard) -> Output:
        """One row of scores for each row of `unique`, in its order."""
        return next(self.process_all([shard]))

    def process_all(self, shards: Iterable[Shard]) -> Iterator[Output]:
        """As `process`; batches go across shards, and an output follows its last image's."""
        begun: deque[list[str]] = deque()
        rows: list[dict[str, Any]] = []
        for row, plain in self._feed.run(_files(shards, begun)):
            if row is None:
                raise TypeError("every normalised image has a vector")
            features, mark = looking.parted(row)
            vector = features[: self._cosines.dimension]
            scored = self._scorer.row(self._cosines.row(vector), features)
            kept = {"mark": mark, "vector": vector.astype("<f2").tobytes()}
            rows.append({**scored, **plain, **kept})
            while begun and len(rows) >= len(begun[0]):
                yield _output(begun.popleft(), rows)
        for ids in begun:  # shards without images, at the end
            yield _output(ids, rows)

    def _encoder(self) -> Encoder:
        chosen = self.recipe.filter
        encoder: Encoder = parts.load("encoders", chosen.encoder)(chosen)
        return encoder


def _files(shards: Iterable[Shard], begun: deque[list[str]]) -> Iterator[bytes]:
    """The unique images of `shards`; their ids are put into `begun` before the first of each."""
    for shard in shards:
        unique = shard.read(tables.UNIQUE).to_pydict()
        images = shard.read(tables.IMAGES, ("position", "image"))
        place = {position: at for at, position in enumerate(images["position"].to_pylist())}
        wanted = [place[position] for position in unique["position"]]
        begun.append(unique["image_id"])
        yield from images["image"].take(pa.array(wanted, pa.int64())).to_pylist()


def _output(ids: list[str], rows: list[dict[str, Any]]) -> Output:
    """The output of the images `ids`, whose rows are the first of `rows` and leave it."""
    scored = [{"image_id": one, **row} for one, row in zip(ids, rows, strict=False)]
    del rows[: len(ids)]
    return Output(tables.SCORES.build(scored), tables.REJECTS.empty(), len(ids))
