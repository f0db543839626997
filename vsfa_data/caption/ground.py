"""The stage that leaves out pictures whose caption fits other pictures better."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from heapq import nsmallest
from typing import TYPE_CHECKING, Any, ClassVar

from vsfa_data import parts, tables
from vsfa_data.caption.grounding import FEWEST, OTHERS, Captioned, Others, encoded
from vsfa_data.stages import GlobalStage, Output, Shard

if TYPE_CHECKING:
    from vsfa_data.filter.encoder import Encoder

Row = dict[str, Any]


class GroundStage(GlobalStage):
    """Pictures whose caption fits them better than most captions of other pictures do.

    Reads:  captions; the vectors that the stage `score` has computed
    Writes: GROUNDED, in the order of CAPTIONS
    Drops:  ungrounded_caption

    Only what a model worded is judged, with the filter's encoder. Where the captioner words what is
    measured, nothing is loaded and all pictures pass.
    """

    name: ClassVar[str] = "ground"
    step: ClassVar[str] = "caption"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[tables.Table, ...]] = (tables.CAPTIONS, tables.SCORES)
    writes: ClassVar[tables.Table] = tables.GROUNDED

    def settings(self) -> dict[str, Any]:
        """Up to which share of others may fit better, or None; the seed draws the others."""
        return {"grounding": self._most(), "seed": self.recipe.seed}

    def identities(self) -> dict[str, str]:
        """The encoder, if it is used."""
        return {} if self._most() is None else {"encoder": self._encoder().identity}

    def process(self, shards: Sequence[Shard]) -> Iterator[Output]:
        """Reads captions and vectors twice: what is remembered between are the others' captions."""
        most = self._most()
        drawn: list[Captioned] = []
        if most is not None:
            for shard in shards:
                drawn = nsmallest(OTHERS, [*drawn, *_captioned(shard)], key=self._lot)
        others = encoder = None
        if len(drawn) > FEWEST:
            encoder = self._encoder()
            encoder.open()
            others = Others.of(drawn, encoder)
        for shard in shards:
            better: dict[str, float | None] = {}
            if others is not None and encoder is not None:
                pictures = list(_captioned(shard))
                texts = encoded([one.caption for one in pictures], encoder)
                better = {
                    one.image_id: others.better(one, text)
                    for one, text in zip(pictures, texts, strict=True)
                }
            yield self._output(shard, better, most)

    def _output(self, shard: Shard, better: dict[str, float | None], most: float | None) -> Output:
        captions = shard.read(tables.CAPTIONS, ["image_id", "caption"]).to_pylist()
        kept: list[Row] = []
        rejects = []
        for row in captions:
            share = better.get(row["image_id"])
            if share is None or most is None or share <= most:
                kept.append({"image_id": row["image_id"], "better": share})
            else:
                told = f"{share:.0%} of other captions fit better: {row['caption'][:120]}"
                rejects.append(
                    self.reject("ungrounded_caption", image_id=row["image_id"], detail=told)
                )
        return Output(tables.GROUNDED.build(kept), tables.REJECTS.build(rejects), len(captions))

    def _most(self) -> float | None:
        """The recipe's share, or what is known of its encoder; None: nothing is judged."""
        said = self.recipe.caption.grounding
        worded_by = parts.load("captioners", self.recipe.caption.captioner).worded_by
        if said == "none" or worded_by == "rules":
            return None
        if said == "encoder":
            found: float = parts.load("encoders", self.recipe.filter.encoder).others_fit_better
            return found
        return said

    def _encoder(self) -> Encoder:
        chosen = self.recipe.filter
        encoder: Encoder = parts.load("encoders", chosen.encoder)(chosen)
        return encoder

    def _lot(self, one: Captioned) -> str:
        """What the others are drawn by: nothing but the seed and the picture."""
        return sha256(f"{self.recipe.seed}:ground:{one.image_id}".encode()).hexdigest()


def _captioned(shard: Shard) -> Iterator[Captioned]:
    """The pictures of a shard whose captions a model worded."""
    import numpy as np

    captions = shard.read(tables.CAPTIONS, ["image_id", "caption", "worded_by"]).to_pylist()
    wanted = {row["image_id"]: row["caption"] for row in captions if row["worded_by"] == "model"}
    scores = shard.read(tables.SCORES, ["image_id", "vector"])
    for image_id, vector in zip(
        *(scores.column(name) for name in scores.column_names), strict=True
    ):
        if (caption := wanted.get(image_id.as_py())) is not None:
            read = np.frombuffer(vector.as_py(), "<f2").astype(np.float32)
            yield Captioned(image_id.as_py(), caption, read)
