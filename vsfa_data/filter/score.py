"""The first stage of `filter`: how near is each image to which concept."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pyarrow as pa

from vsfa_data import parts, pictures, tables
from vsfa_data.filter import calibration, concepts
from vsfa_data.filter.encoder import Encoder
from vsfa_data.stages import MapStage, Output, Shard

if TYPE_CHECKING:
    from PIL.Image import Image

BATCH: Final = 8
"""Images that are decoded while as many are encoded; no result depends on it."""


Decoded = tuple["Image", dict[str, float]]


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
    version = 1
    reads: ClassVar[tuple[tables.Table, ...]] = (tables.IMAGES, tables.UNIQUE)
    writes = tables.SCORES
    libraries = ("torch", "timm", "transformers", "tokenizers", "numpy", "pillow")

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
            "calibration": f"sha256:{calibration.digest(chosen.encoder, chosen.concept_set)}",
        }

    def require(self) -> None:
        """Raise SetupError for a missing model, UserError for a missing calibration."""
        chosen, encoder = self.recipe.filter, self._encoder()
        encoder.require()
        calibration.load(chosen.encoder, encoder.identity, chosen.concept_set)

    def open(self) -> None:
        """Load the encoder and the concepts' vectors."""
        from vsfa_data.filter.scorer import Cosines, Scorer

        chosen, encoder = self.recipe.filter, self._encoder()
        fitted = calibration.load(chosen.encoder, encoder.identity, chosen.concept_set)
        encoder.open()
        self._scorer = Scorer(Cosines(encoder, concepts.load(chosen.concept_set)), fitted)

    def process(self, shard: Shard) -> Output:
        """One row of scores for each row of `unique`, in its order."""
        unique = shard.read(tables.UNIQUE).to_pydict()
        images = shard.read(tables.IMAGES, ("position", "image"))
        place = {position: at for at, position in enumerate(images["position"].to_pylist())}
        wanted = [place[position] for position in unique["position"]]
        files = images["image"].take(pa.array(wanted, pa.int64()))
        rows: list[dict[str, Any]] = []
        for batch in _decoded(files.to_pylist()):
            scores = self._scorer.score([image for image, _ in batch])
            for (_, plain), score in zip(batch, scores, strict=True):
                rows.append({"image_id": unique["image_id"][len(rows)], **score, **plain})
        return Output(tables.SCORES.build(rows), tables.REJECTS.empty(), len(unique["image_id"]))

    def _encoder(self) -> Encoder:
        chosen = self.recipe.filter
        encoder: Encoder = parts.load("encoders", chosen.encoder)(chosen)
        return encoder


def _decoded(files: list[bytes]) -> Iterator[list[Decoded]]:
    """Batches of decoded images; one thread decodes the next batch meanwhile."""
    batches = [files[start : start + BATCH] for start in range(0, len(files), BATCH)]
    with ThreadPoolExecutor(max_workers=1) as ahead:
        pending = ahead.submit(_decode, batches[0]) if batches else None
        for following in [*batches[1:], None]:
            if pending is None:
                return
            ready = pending.result()
            pending = ahead.submit(_decode, following) if following is not None else None
            yield ready


def _decode(files: list[bytes]) -> list[Decoded]:
    from vsfa_data.filter.covariates import covariates

    images = [pictures.decode(data) for data in files]
    return [(image, covariates(image)) for image in images]
